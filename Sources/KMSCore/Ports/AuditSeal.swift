/// What makes lines of the audit trail hard to forge: a hash, MACs under keys that are forgotten, signatures.
package protocol AuditSeal: Sendable {
    /// The generation of the root key that the lanes' keys come from.
    var generation: UInt32 { get }
    /// The key that verifies checkpoints: DER SubjectPublicKeyInfo of a P-256 key.
    var publicKey: [UInt8] { get }
    /// SHA-256, 32 bytes.
    func digest(_ bytes: [UInt8]) -> [UInt8]
    /// The first key of a lane, which no other lane of any node and no other start has.
    func laneKey(_ place: AuditPlace) throws(AuditError) -> any AuditLaneKey
    /// An ECDSA signature (FIPS 186-4, P-256, DER) of a digest of 32 bytes.
    func sign(_ digest: [UInt8]) throws(AuditError) -> [UInt8]
}

/// The key of one lane's MACs as it is now. For one user at a time.
package protocol AuditLaneKey: AnyObject, Sendable {
    /// HMAC-SHA-256, 32 bytes.
    func code(_ message: [UInt8]) -> [UInt8]
    /// The key that follows from this one, from which this one cannot be had. The caller lets go of this one.
    func next() throws(AuditError) -> any AuditLaneKey
}
