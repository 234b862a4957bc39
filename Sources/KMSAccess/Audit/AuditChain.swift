internal import KMSCore

/// How far a lane was followed.
struct AuditChain {
    private(set) var sequence: Int64
    /// SHA-256 of the last line.
    private(set) var hash: [UInt8]
    private(set) var location: AuditVerifier.Location
    /// The key of the next line's MAC; nil where it is not to be had.
    var key: (any AuditLaneKey)?
    var checkpoints: Int64 = 0
    /// Lines that are missing, since keys may have been replaced among them.
    var skipped: Int64 = 0
    /// Whether the last line is known to be changed: that the next does not follow it says nothing new.
    private(set) var isSuspect = false
    var isNextSuspect = false
    var isSigned = false
    private(set) var linesSinceCheckpoint = 0

    init(sequence: Int64, hash: [UInt8], at location: AuditVerifier.Location) {
        self.sequence = sequence
        self.hash = hash
        self.location = location
    }

    /// A line whose number was changed takes the number that it should have.
    mutating func advance(to line: AuditLine, _ hash: [UInt8], at location: AuditVerifier.Location) {
        sequence = line.previous == self.hash ? sequence + 1 : line.sequence
        self.hash = hash
        self.location = location
        linesSinceCheckpoint = isSigned ? 0 : linesSinceCheckpoint + 1
        (isSuspect, isNextSuspect, isSigned) = (isNextSuspect, false, false)
    }
}

extension AuditLaneKey {
    /// The key after so many checkpoints.
    func advanced(by count: Int64) -> (any AuditLaneKey)? {
        var key: any AuditLaneKey = self
        for _ in 0..<count {
            guard let next = try? key.next() else { return nil }
            key = next
        }
        return key
    }
}

extension AuditEnd {
    /// What a start says of the one before it; what cannot be read, is left out and so missed.
    static func list(_ value: StrictJSON?) -> [AuditEnd] {
        (value?.elements ?? []).compactMap { end in
            guard let lane = end.member("lane")?.integer, let sequence = end.member("seq")?.integer,
                let hash = end.member("hash")?.text.flatMap({ [UInt8](hexadecimal: Array($0.utf8)[...]) })
            else { return nil }
            return AuditEnd(lane: Int(lane), sequence: sequence, hash: hash)
        }
    }
}

extension StrictJSON {
    var elements: [StrictJSON]? { if case .array(let elements) = self { elements } else { nil } }

    func member(_ name: String) -> StrictJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.elementsEqual(name.utf8) }?.value
    }
}
