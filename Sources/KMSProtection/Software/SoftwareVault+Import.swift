package import KMSCore

extension SoftwareVault {
    package func makeImportPair(_ identity: ImportPairIdentity) async throws(VaultError) -> ImportPair {
        try check(identity.level, identity.backend)
        return try imports.seal(try await makePair(identity.spec.keySpec), as: identity)
    }

    package func importMaterial(
        _ wrapped: [UInt8],
        under importPair: ImportPair,
        into version: KeyVersion
    ) async throws(VaultError) -> KeyVersion {
        try check(importPair.identity.level, importPair.identity.backend)
        try check(version.identity)
        return try await work { () throws(VaultError) in
            try self.imports.fill(version, with: wrapped, under: importPair)
        }
    }
}
