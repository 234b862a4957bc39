/// Makes a customer master key (manual 2.1), with its first version unless material is to be imported (4.3).
package struct CreateKey: Operation {
    package static let name: StaticString = "CreateKey"
    package static let rateClass: RateClass = .keyCreation

    let description: String
    let spec: KeySpec
    let usage: KeyUsage
    let origin: KeyOrigin
    let level: ProtectionLevel
    let rotationInterval: Int64?
    let tags: [Tag]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> CreateKey {
        if parameters.bytes("DKMSInstanceId") != nil { throw .instanceNotFound }
        if parameters.bytes("Policy") != nil {
            throw .unsupportedOperation("Key policies are not supported: leave Policy out.")
        }
        let spec = try parameters.choice("KeySpec", KeySpec.self) ?? .aes256
        let usage = try parameters.choice("KeyUsage", KeyUsage.self) ?? spec.defaultUsage
        let request = CreateKey(
            description: try parameters.optionalText("Description", limit: Limits.description) ?? "",
            spec: spec,
            usage: usage,
            origin: try parameters.choice("Origin", KeyOrigin.self) ?? .aliyunKMS,
            level: try parameters.choice("ProtectionLevel", ProtectionLevel.self) ?? .software,
            rotationInterval: try parameters.rotationPolicy() ?? nil,
            tags: try parameters.tags("Tags") ?? []
        )
        try request.judgeCombination()
        return request
    }

    /// The combinations that no key may have, whatever this server holds (spec 3, CreateKey).
    private func judgeCombination() throws(KMSError) {
        guard spec.usages.contains(usage) else {
            let usages = spec.usages.map(\.rawValue).joined(separator: " or ")
            throw .invalid("KeyUsage", "A key of spec \(spec.rawValue) is for \(usages).")
        }
        if origin == .external, !spec.isSymmetric {
            throw .invalid("Origin", "Material is imported into symmetric keys only.")
        }
        if spec.needsHSM, level == .software {
            throw .unsupportedProtectionLevel("Keys of spec \(spec.rawValue) need the protection level HSM.")
        }
        if rotationInterval != nil, origin == .external || !spec.isSymmetric {
            throw .invalid(
                "EnableAutomaticRotation",
                "Only symmetric keys whose Origin is Aliyun_KMS rotate automatically."
            )
        }
    }

    package struct Answer: Response {
        let metadata: KeyMetadata

        package func write(to fields: inout some FieldWriter) {
            fields.object("KeyMetadata") { metadata.write(to: &$0) }
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        try service.permit(Self.name, on: [.keyContainer(of: call.namespace)], call)
        let holder = try service.holder(of: spec, for: usage, level: level, in: call.namespace.region)
        let quotas: [Quota.Subject] = origin == .aliyunKMS ? [.keys, .versions] : [.keys]
        try await service.judgeQuotas(quotas, call)
        if call.isDryRun { throw .dryRun }
        let versionID = KeyVersionID(service.ids.next())
        let key = Key(
            id: KeyID(service.ids.next()),
            namespace: call.namespace,
            spec: spec,
            usage: usage,
            origin: origin,
            level: level,
            backend: holder.backend,
            creator: call.caller.account.description,
            creatorType: .user,
            createdAt: call.arrival,
            description: description,
            hasMaterial: origin == .aliyunKMS,
            primaryVersion: spec.isSymmetric && origin == .aliyunKMS ? versionID : nil,
            lastRotation: call.arrival,
            rotationInterval: rotationInterval
        )
        var steps: [Change.Step] = [.insertKey(key)]
        if origin == .aliyunKMS {
            let identity = VersionIdentity(id: versionID, of: key, algorithm: holder.algorithm)
            steps.append(.insertVersion(try await service.makeVersion(identity, at: call.arrival)))
            call.touch(key.id, version: versionID)
        } else {
            call.touch(key.id)
        }
        if !tags.isEmpty {
            let limit = service.settings.quotas.tagsPerResource
            steps.append(.setTags(key.id, in: call.namespace, tags, limit: limit))
        }
        steps += service.keepingWithin(quotas, call)
        try await service.repeating { [steps] () async throws(KMSError) in try await service.commit(steps, call) }
        return Answer(metadata: KeyMetadata(key: key, now: call.arrival, tellsProtection: false))
    }
}
