internal import KMSAccess
internal import KMSCore
internal import Synchronization

extension FileAuditLog {
    /// What is due once a second: counted refusals are told, a full file is set aside, lanes are signed, and the store
    /// hears how far they have come. Returns what could not be done, for the log.
    ///
    /// - Parameter isLast: whether nothing is written afterwards.
    package func tend(isLast: Bool = false) async -> [String] {
        let now = time.now()
        var troubles: [String] = []
        do throws(AuditError) {
            try tellRefusals(at: now, isLast: isLast)
            try changeFile(at: now)
            for lane in lanes {
                let head = try with(lane) { lane throws(AuditError) in
                    if lane.linesSinceCheckpoint > 0 { try lane.checkpoint(at: now) }
                    return lane.takeHead()
                }
                if let head { unsaved.withLock { $0[head.place.lane] = head } }
            }
        } catch { troubles.append(error.reason) }
        let waiting = unsaved.withLock { $0 }
        guard !waiting.isEmpty else { return troubles }
        do {
            try await heads.saveAuditHeads(waiting.values.sorted { $0.place.lane < $1.place.lane })
            // Nobody else saves: what came meanwhile is newer.
            unsaved.withLock { heads in
                for (lane, head) in waiting where heads[lane] == head { heads[lane] = nil }
            }
        } catch { troubles.append("The ends of the audit trail cannot be remembered: \(error)") }
        return troubles
    }

    private func tellRefusals(at now: Timestamp, isLast: Bool) throws(AuditError) {
        let due = refusals.withLock { $0.takeDue(at: now, endsMinute: isLast) }
        for (index, summary) in due.enumerated() {
            do {
                try with(lanes[0]) { lane throws(AuditError) in
                    try lane.append(.refusals, at: now) { summary.appendMembers(to: &$0) }
                }
            } catch {
                refusals.withLock { $0.putBack(due[index...]) }
                throw error
            }
        }
    }

    /// Sets a full file aside and goes on in a new one; also where the file was moved away. Each lane changes over by itself: until the last has, lines
    /// go to both files, and those of one lane to one after the other.
    private func changeFile(at now: Timestamp) throws(AuditError) {
        let file = files.current
        // Somebody else may have moved it away, be it this server as it crashed.
        let isInPlace = file.isInPlace()
        let isFull = try file.size() >= options.fileSize
        let isOfAnotherDay = options.isDaily && now.day != day.load(ordering: .relaxed)
        guard isFull || isOfAnotherDay || !isInPlace else { return }
        let number = isInPlace ? try folder.setAside() : try folder.numbers().last ?? 0
        let next = try AuditFile(path: folder.current)
        files.add(next)
        for lane in lanes {
            try with(lane) { lane throws(AuditError) in
                try lane.move(to: next, number: number + 1, of: lanes.count, at: now)
            }
        }
        try file.sync()
        try folder.sync()
        files.settle()
        day.store(now.day, ordering: .relaxed)
    }
}

extension RefusalCounts.Summary {
    fileprivate func appendMembers(to line: inout [UInt8]) {
        line.append(literal: #","source":"#)
        line.appendJSONString(source.utf8)
        line.append(literal: #","count":"#)
        line.appendDecimal(Int64(count))
        line.append(literal: #","first":""#)
        first.appendPrecise(to: &line)
        line.append(literal: #"","last":""#)
        last.appendPrecise(to: &line)
        line.append(literal: #"","errorCodes":{"#)
        for (index, (code, count)) in errorCodes.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            line.appendJSONString(code.utf8)
            line.append(UInt8(ascii: ":"))
            line.appendDecimal(Int64(count))
        }
        line.append(UInt8(ascii: "}"))
    }
}
