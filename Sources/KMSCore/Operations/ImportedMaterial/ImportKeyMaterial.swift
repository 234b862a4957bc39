/// Gives a key material that was made elsewhere (manual 4.3).
///
/// What a key was given first is the only material that it ever takes again: to be used after deletion or expiry, or
/// to expire at another time. Its version, and what it has encrypted, stay the same.
package struct ImportKeyMaterial: Operation {
    package static let name: StaticString = "ImportKeyMaterial"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.notPendingDeletion, refusal: .notModified, serviceKeys: .refused)

    let key: KeyReference
    let wrapped: [UInt8]
    let token: ArraySlice<UInt8>
    /// Nil for never.
    let expiresAt: Timestamp?

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ImportKeyMaterial {
        let key = try parameters.keyReference()
        guard let text = parameters.bytes("EncryptedKeyMaterial") else { throw .missing("EncryptedKeyMaterial") }
        guard text.count <= Limits.wrappedMaterial, let wrapped = Base64.decode(text) else {
            throw .invalid("EncryptedKeyMaterial", "Encode the encrypted material in base64.")
        }
        guard let token = parameters.bytes("ImportToken") else { throw .missing("ImportToken") }
        let seconds = try parameters.integer("KeyMaterialExpireUnix", in: 0...Int(Limits.latestExpiry)) ?? 0
        return ImportKeyMaterial(
            key: key,
            wrapped: wrapped,
            token: token,
            expiresAt: seconds == 0 ? nil : Timestamp(seconds: Int64(seconds))
        )
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        if let expiresAt, expiresAt <= call.arrival {
            throw .invalid("KeyMaterialExpireUnix", "It lies in the past: use a later second, or 0 for never.")
        }
        let (reference, expiresAt, wrapped) = (key, expiresAt, wrapped)
        let found = try await service.key(reference, for: Self.self, call)
        try found.demandExternal()
        if found.primaryVersion == nil { try await service.judgeQuotas([.versions], call) }
        let importPair = try await service.importPair(of: token, for: found, call)
        // Its length is the caller's own choice and tells nothing: it costs no try.
        let lengths = importPair.identity.algorithm.ciphertextByteCounts(for: importPair.identity.spec.keySpec)
        guard lengths?.contains(wrapped.count) ?? false else { throw .invalidKeyMaterial }
        if call.isDryRun { throw .dryRun }
        try await service.takeImportTry(importPair.id, call)
        try await service.repeating { () async throws(KMSError) -> ChangeOutcome in
            let key = try await service.key(reference, for: Self.self, call)
            let version = try await service.importTarget(of: key, at: call.arrival)
            let filled = try await service.importMaterial(wrapped, under: importPair, into: version)
            call.touch(key.id, version: filled.id)
            let isFirst = key.primaryVersion == nil
            let updated = key.changed {
                $0.hasMaterial = true
                $0.materialExpiresAt = expiresAt
                $0.primaryVersion = filled.id
                if isFirst { $0.lastRotation = filled.createdAt }
            }
            let material: Change.Step =
                isFirst
                ? .insertVersion(filled)
                : .setMaterial(filled.id, of: key.id, in: key.namespace, filled.sealedMaterial)
            let quota = isFirst ? service.keepingWithin([.versions], call) : []
            return try await service.commit(
                [.updateKey(from: key, to: updated), material, .returnImportTry(importPair.id)] + quota,
                call,
                isMarked: true
            )
        }
        return Done()
    }
}
