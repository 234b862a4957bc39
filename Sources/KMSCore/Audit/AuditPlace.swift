/// Which chain of the audit trail a line belongs to.
package struct AuditPlace: Sendable, Hashable {
    /// The server whose trail it is.
    package let node: UUIDBytes
    /// Counts the starts of that server, from 1.
    package let start: Int64
    /// One of the chains that grow side by side, from 0.
    package let lane: Int

    package init(node: UUIDBytes, start: Int64, lane: Int) {
        self.node = node
        self.start = start
        self.lane = lane
    }

    /// Node (16 bytes), start (8) and lane (4), as a lane's key is bound to them.
    package var bytes: [UInt8] {
        var bytes = node.bytes
        bytes.appendBigEndian(UInt64(bitPattern: start))
        bytes.appendBigEndian(UInt32(truncatingIfNeeded: lane))
        return bytes
    }
}

extension AuditPlace: CustomStringConvertible {
    package var description: String { "start \(start) lane \(lane)" }
}

/// How far a lane had come.
package struct AuditEnd: Sendable, Equatable {
    package let lane: Int
    package let sequence: Int64
    /// SHA-256 of the line of that sequence, 32 bytes.
    package let hash: [UInt8]

    package init(lane: Int, sequence: Int64, hash: [UInt8]) {
        self.lane = lane
        self.sequence = sequence
        self.hash = hash
    }
}
