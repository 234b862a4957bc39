/// Binds an alias to another key (manual 3.3). The caller needs the permission on the alias, the old and the new key.
package struct UpdateAlias: Operation {
    package static let name: StaticString = "UpdateAlias"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.notPendingDeletion, serviceKeys: .refused)

    let key: KeyReference
    let alias: AliasName

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> UpdateAlias {
        UpdateAlias(key: try parameters.keyReference(), alias: try parameters.aliasName())
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.repeating { [key, alias] () async throws(KMSError) -> ChangeOutcome in
            let old = try await service.target(of: alias, call)
            let new = try await service.resolve(key, demanding: Self.demands, call)
            try service.permit(
                Self.name,
                on: [.alias(alias, in: call.namespace), old.resource, new.resource],
                call
            )
            let oldKey = try old.existing()
            guard oldKey.creatorType == .user else { throw .serviceKeyIsFixed }
            let newKey = try new.existing()
            try service.judge(newKey, by: Self.demands, call)
            call.touch(newKey.id)
            guard oldKey.id != newKey.id else { return try await service.commit([], call) }
            return try await service.commit(
                [.expectKey(newKey), .moveAlias(alias, in: call.namespace, from: oldKey.id, to: newKey.id)],
                call
            )
        }
        return Done()
    }
}

extension KeyService {
    /// The key that an alias points to, or what stands for the key of an alias that does not exist; silently.
    func target(of name: AliasName, _ call: Call) async throws(KMSError) -> ResolvedKey {
        try await resolve(.alias(name), demanding: KeyDemands(.all, acceptsAlias: true), call)
    }
}
