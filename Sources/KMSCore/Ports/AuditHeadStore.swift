/// Where the ends of the audit trail's lanes are remembered apart from the trail, so that one that is cut off is missed;
/// and the key that signs them.
package protocol AuditHeadStore: Sendable {
    /// The newest checkpoint of every lane, as ``saveAuditHeads(_:)`` was given it.
    func auditHeads() async throws(StoreError) -> [AuditHead]
    /// Puts each in the place of its lane's earlier one, and drops those of the same node's earlier starts; durably.
    func saveAuditHeads(_ heads: [AuditHead]) async throws(StoreError)
    /// Nil where none was ever made.
    func auditKey() async throws(StoreError) -> AuditKeyRecord?
    /// ``StoreError/alreadyExists`` where there is one.
    func createAuditKey(_ key: AuditKeyRecord) async throws(StoreError)
}

/// A lane's newest checkpoint.
package struct AuditHead: Sendable, Equatable {
    package let place: AuditPlace
    package let sequence: Int64
    /// The checkpoint's whole line, without a newline.
    package let line: [UInt8]

    package init(place: AuditPlace, sequence: Int64, line: [UInt8]) {
        self.place = place
        self.sequence = sequence
        self.line = line
    }

    /// The head that a checkpoint's line is, or nil for any other line.
    package init?(line: [UInt8]) {
        guard let parsed = AuditLine(line), parsed.kind == .checkpoint else { return nil }
        self.init(place: parsed.place, sequence: parsed.sequence, line: line)
    }
}

/// The key pair that signs checkpoints.
package struct AuditKeyRecord: Sendable, Equatable {
    /// DER SubjectPublicKeyInfo of a P-256 key.
    package let publicKey: [UInt8]
    /// The private half, sealed (`Documentation/SealedRecords.md`).
    package let sealedPrivateKey: [UInt8]
    package let createdAt: Timestamp

    package init(publicKey: [UInt8], sealedPrivateKey: [UInt8], createdAt: Timestamp) {
        self.publicKey = publicKey
        self.sealedPrivateKey = sealedPrivateKey
        self.createdAt = createdAt
    }
}
