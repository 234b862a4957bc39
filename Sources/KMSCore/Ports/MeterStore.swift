/// Where the uses of metered key versions are remembered; they are written as ``Change/Step/reserveUses(of:from:to:)``.
package protocol MeterStore: Sendable {
    /// How many uses of the version are spoken for; 0 where none ever were.
    func reservedUses(of version: KeyVersionID) async throws(StoreError) -> Int64
}
