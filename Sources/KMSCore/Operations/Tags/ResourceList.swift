/// The resources that TagResources, UntagResources and ListTagResources name; there are keys alone.
struct ResourceList: Sendable {
    let keys: [KeyReference]

    /// Reads RegionId, ResourceType and ResourceId.N. The region itself comes from the endpoint.
    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ResourceList {
        _ = try parameters.text("RegionId")
        switch try parameters.text("ResourceType") {
        case "key": break
        case "secret": throw .unsupportedOperation("This server keeps no secrets: use the ResourceType key.")
        default: throw .invalid("ResourceType", "Use key.")
        }
        let ids = try parameters.list("ResourceId", limit: Limits.resourcesPerRequest)
        return ResourceList(keys: ids.map { KeyReference($0) })
    }

    /// Refuses an empty list, where resources must be named.
    func named() throws(KMSError) -> ResourceList {
        guard !keys.isEmpty else { throw .missing("ResourceId.1") }
        return self
    }

    /// All the keys: every one permitted before any is said to exist, every one in the right state.
    func resolved<O: Operation & ~Copyable>(
        for operation: O.Type,
        _ call: Call,
        in service: KeyService
    ) async throws(KMSError) -> [Key] {
        var resolved: [ResolvedKey] = []
        for reference in keys {
            resolved.append(try await service.resolve(reference, demanding: O.demands, call))
        }
        try service.permit(O.name, on: resolved.map(\.resource), call)
        var found: [Key] = []
        for (index, candidate) in resolved.enumerated() {
            guard case .found(let key, _) = candidate else {
                throw .resourceNotFound("ResourceId.\(index + 1) names no key of this account in this region.")
            }
            if !found.contains(where: { $0.id == key.id }) { found.append(key) }
        }
        for key in found { try service.judge(key, by: O.demands, call) }
        return found
    }
}
