/// Where the pairs of import tokens are remembered, and which imported material has expired.
package protocol ImportStore: Sendable {
    func importPair(_ id: ImportTokenID) async throws(StoreError) -> ImportPair?
    /// Pairs that have expired at `now`, the longest expired first.
    func importPairsToDelete(at now: Timestamp, limit: Int) async throws(StoreError) -> [ImportTokenID]
    /// Keys whose material has expired at `now` and is still there, the longest expired first.
    func keysToStrip(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key]
}
