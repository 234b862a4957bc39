internal import Glibc
internal import KMSAccess
package import KMSCore

extension FileAuditLog {
    /// Opens the trail, or makes it: says what the one before it ended with, writes the records of committed changes
    /// that a crash kept from it, and has the store remember where it begins. To be called before the first request.
    ///
    /// - Parameters:
    ///   - path: the file that is written; full ones lie beside it.
    ///   - ids: names the node of a trail that is new.
    package static func open(
        path: String,
        _ options: AuditOptions,
        sealedBy seal: any AuditSeal,
        heads store: any AuditHeadStore,
        outbox: some AuditOutbox,
        ids: any IDSource,
        time: any TimeSource
    ) async throws -> FileAuditLog {
        let folder = AuditFolder(path: path)
        let known = try await store.auditHeads()
        let file = try AuditFile(path: path)
        let day = try file.lastWritten().day
        let tail = try AuditTail.read(folder, expecting: known, seal.digest)
        if !tail.torn.isEmpty {
            do { try file.append([UInt8(ascii: "\n")]) } catch { throw AuditError(error.reason) }
        }
        let node = tail.last?.node ?? known.last?.place.node ?? ids.next()
        let start = max(tail.last?.start ?? 0, known.map(\.place.start).max() ?? 0) + 1
        let laneCount = options.eventLoops + 1

        var first = try AuditLane(
            AuditPlace(node: node, start: start, lane: 0),
            after: tail.ends.first { $0.lane == 0 }?.hash ?? AuditLine.noLine,
            sealedBy: seal,
            in: file
        )
        let now = time.now()
        try first.append(.start, at: now) { line in
            appendStart(tail, laneCount: laneCount, seal, to: &line)
        }
        let anchor = first.head
        try await recover(outbox, folder, in: &first)
        var lanes = [first]
        for number in 1..<laneCount {
            let place = AuditPlace(node: node, start: start, lane: number)
            var lane = try AuditLane(place, after: anchor, sealedBy: seal, in: file)
            try lane.append(.lane, at: now)
            lanes.append(lane)
        }
        for index in lanes.indices { try lanes[index].checkpoint(at: now) }
        try file.sync()
        try folder.sync()
        var heads: [AuditHead] = []
        for index in lanes.indices { if let head = lanes[index].takeHead() { heads.append(head) } }
        try await store.saveAuditHeads(heads)
        return FileAuditLog(
            lanes,
            in: file,
            lastWrittenOn: day,
            folder,
            options,
            heads: store,
            time: time,
            loss: loss(of: tail)
        )
    }

    private static func loss(of tail: AuditTail) -> String? {
        guard !tail.missing.isEmpty else { return nil }
        let lanes = tail.missing.map { head in
            let isOfLast = head.place.node == tail.last?.node && head.place.start == tail.last?.start
            let end = isOfLast ? tail.ends.first { $0.lane == head.place.lane }?.sequence : nil
            return "\(head.place) had line \(head.sequence), the trail ends at \(end ?? 0)"
        }
        return lanes.joined(separator: "; ")
    }

    /// The members of the first line of a start.
    private static func appendStart(_ tail: AuditTail, laneCount: Int, _ seal: any AuditSeal, to line: inout [UInt8]) {
        line.append(literal: #","lanes":"#)
        line.appendDecimal(Int64(laneCount))
        line.append(literal: #","root":"#)
        line.appendDecimal(Int64(seal.generation))
        line.append(literal: #","publicKey":""#)
        line.append(contentsOf: Base64.characters(of: seal.publicKey))
        line.append(literal: #"","follows":"#)
        line.appendDecimal(tail.last?.start ?? 0)
        line.append(literal: #","ends":["#)
        for (index, end) in tail.ends.enumerated() {
            line.append(contentsOf: index == 0 ? "{".utf8 : ",{".utf8)
            line.appendEnd(lane: end.lane, end.sequence, end.hash)
        }
        line.append(UInt8(ascii: "]"))
        if !tail.missing.isEmpty {
            line.append(literal: #","missing":["#)
            for (index, head) in tail.missing.enumerated() {
                line.append(contentsOf: index == 0 ? #"{"start":"#.utf8 : #",{"start":"#.utf8)
                line.appendDecimal(head.place.start)
                line.append(UInt8(ascii: ","))
                line.appendEnd(lane: head.place.lane, head.sequence, seal.digest(head.line))
            }
            line.append(UInt8(ascii: "]"))
        }
        line.appendTorn(tail.torn.isEmpty ? [] : [seal.digest(tail.torn)])
    }

    /// Appends the records of changes that were committed before a crash kept them from the trail, and says so to the
    /// outbox.
    private static func recover(
        _ outbox: some AuditOutbox,
        _ folder: AuditFolder,
        in lane: inout AuditLane
    ) async throws {
        let waiting = try await outbox.unacknowledgedAuditLines().map { requestID, line in
            guard let record = WaitingAuditRecord(requestID, line: line) else {
                throw AuditError("The database holds an audit record of request \(requestID) that cannot be read.")
            }
            return record
        }
        let present = try AuditTail.requestIDs(folder, since: waiting)
        for record in waiting {
            if !present.contains(record.requestID) {
                try lane.append(.recovered, at: record.time) { $0.append(contentsOf: record.members) }
            }
            outbox.acknowledgeAudit(of: record.requestID)
        }
    }
}

extension [UInt8] {
    /// Appends how far a lane had come, and the brace behind it.
    fileprivate mutating func appendEnd(lane: Int, _ sequence: Int64, _ hash: [UInt8]) {
        append(literal: #""lane":"#)
        appendDecimal(Int64(lane))
        append(literal: #","seq":"#)
        appendDecimal(sequence)
        append(literal: #","hash":""#)
        appendHexadecimal(hash)
        append(literal: #""}"#)
    }
}

extension Timestamp {
    /// The day since 1970, in UTC.
    var day: Int64 { (seconds - ((seconds % 86_400) + 86_400) % 86_400) / 86_400 }
}
