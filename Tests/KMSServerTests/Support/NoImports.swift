import KMSCore

/// No import tokens, for operations that need none.
struct NoImportTokens: ImportTokens {
    func token(for identity: ImportPairIdentity) -> String { "" }
    func claim(in token: ArraySlice<UInt8>, for key: KeyID, in namespace: Namespace) -> ImportTokenClaim? { nil }
}

/// The edges under test hold no import pairs.
protocol WithoutImports {}

extension ImportStore where Self: WithoutImports {
    func importPair(_ id: ImportTokenID) async throws(StoreError) -> ImportPair? { nil }
    func importPairsToDelete(at now: Timestamp, limit: Int) async throws(StoreError) -> [ImportTokenID] { [] }
    func keysToStrip(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] { [] }
}

extension ImportVault where Self: WithoutImports {
    func makeImportPair(_ identity: ImportPairIdentity) async throws(VaultError) -> ImportPair { throw .refused }
    func importMaterial(
        _ wrapped: [UInt8],
        under importPair: ImportPair,
        into version: KeyVersion
    ) async throws(VaultError) -> KeyVersion { throw .refused }
}

extension NoStore: WithoutImports {}
extension NoVault: WithoutImports {}
extension OneKeyStore: WithoutImports {}
extension OpenVault: WithoutImports {}
