package import KMSCore
internal import KMSCrypto

/// Reads an audit trail from its begin to its end and finds what is not as it was written (`Documentation/Audit.md`).
///
/// Without secrets it follows the chains of hashes and checks the signatures; with the lanes' keys the MACs too.
package struct AuditVerifier {
    /// Gives the first key of a lane for a generation of the root key, or nil where it is not to be had.
    package typealias LaneKeys = (AuditPlace, _ generation: UInt32) -> (any AuditLaneKey)?

    struct Spot: Hashable {
        let place: AuditPlace
        let sequence: Int64
    }

    /// Where in the files a line is.
    struct Location {
        let file: String
        let line: Int
    }

    /// What is known of the start that a node is in.
    struct Start {
        let number: Int64
        /// SHA-256 of its first line; nil where that was not read.
        var anchor: [UInt8]?
        var laneCount: Int?
        var publicKey: AuditPublicKey?
        var generation: UInt32?
    }

    private(set) var report = AuditReport()
    private let trustedKey: AuditPublicKey?
    private let laneKeys: LaneKeys?
    private let isPartial: Bool
    private var expected: [Spot: AuditHead]
    private var starts: [UUIDBytes: Start] = [:]
    var chains: [AuditPlace: AuditChain] = [:]
    private var farthest: [AuditPlace: Int64] = [:]
    /// Pieces that are no lines, and of which no line has told yet, by SHA-256.
    private var pieces: [[UInt8]: [Location]] = [:]
    private var firstFormatLines = 0
    private var location = Location(file: "", line: 0)

    /// - Parameters:
    ///   - publicKey: what checkpoints are verified with; without one, each start's own word is taken.
    ///   - heads: checkpoints that were kept elsewhere and must be in the trail.
    ///   - isPartial: whether the trail may begin in the middle, since older files were archived.
    package init(
        publicKey: AuditPublicKey? = nil,
        heads: [AuditHead] = [],
        isPartial: Bool = false,
        laneKeys: LaneKeys? = nil
    ) {
        trustedKey = publicKey
        self.isPartial = isPartial
        self.laneKeys = laneKeys
        expected = Dictionary(heads.map { (Spot(place: $0.place, sequence: $0.sequence), $0) }) { $1 }
        report.hasCheckedCodes = laneKeys != nil
        guard let publicKey else { return }
        for head in heads where AuditLine(head.line).map(publicKey.hasSigned) != true {
            find("the head that was kept is not signed by the key", head.place, head.sequence, isHere: false)
        }
    }

    // MARK: Lines

    /// Takes the next line of the trail, without its newline. Files come oldest first.
    package mutating func read(_ text: ArraySlice<UInt8>, isWhole: Bool = true, of file: String, number: Int) {
        location = Location(file: file, line: number)
        guard isWhole else {
            return find("the trail ends in the middle of a line, or has one that is too long")
        }
        guard !text.isEmpty else { return }
        let (torn, rest) = AuditLine.apart(text)
        if !torn.isEmpty { hold(torn) }
        if let line = AuditLine(Array(rest)) { return read(line) }
        guard AuditLine.isOfFirstFormat(rest) else { return hold(rest) }
        firstFormatLines += 1
        if !starts.isEmpty { find("a line of format 1, which nothing protects, after lines of format 2") }
    }

    private mutating func hold(_ piece: ArraySlice<UInt8>) {
        pieces[SHA256.digest(Array(piece)), default: []].append(location)
    }

    private mutating func read(_ line: AuditLine) {
        report.lines += 1
        let spot = Spot(place: line.place, sequence: line.sequence)
        if let head = expected[spot] {
            if head.line != line.bytes { find("is another line than the head that was kept", line) }
            expected[spot] = nil
        }
        let members = line.kind == .request || line.kind == .recovered ? [:] : line.members
        guard let members else { return find("was changed: it is no JSON", line) }
        if line.kind == .start { begin(line, members) } else { enter(line, members) }
        follow(line, members)
        farthest[line.place] = max(farthest[line.place] ?? 0, line.sequence)
        for piece in members["torn"]?.elements ?? [] { explain(piece) }
    }

    private mutating func explain(_ piece: StrictJSON) {
        guard let text = piece.text, let digest = [UInt8](hexadecimal: Array(text.utf8)[...]),
            var found = pieces.removeValue(forKey: digest)
        else { return }
        found.removeLast()
        if !found.isEmpty { pieces[digest] = found }
    }

    // MARK: Starts

    private mutating func begin(_ line: AuditLine, _ members: [String: StrictJSON]) {
        report.starts += 1
        let (node, number) = (line.place.node, line.place.start)
        let follows = members["follows"]?.integer ?? 0
        let ends = AuditEnd.list(members["ends"])
        if let current = starts[node] {
            if number <= current.number { find("a start that was there before", line) }
            if follows != current.number {
                find("follows start \(follows), but the trail has start \(current.number) before it", line)
            } else {
                compare(ends, with: current.number, at: line)
            }
        } else if follows != 0 || number != 1 {
            note(isPartial, "the trail begins with start \(number): what came before is not here", line)
        }
        for loss in members["missing"]?.elements ?? [] {
            let (start, lane) = (loss.member("start")?.integer ?? 0, loss.member("lane")?.integer ?? 0)
            find(
                "when this start began, the trail had been cut off: the database knew line "
                    + "\(loss.member("seq")?.integer ?? 0) of start \(start) lane \(lane)",
                line
            )
        }
        var start = Start(number: number, anchor: SHA256.digest(line.bytes))
        start.laneCount = members["lanes"]?.integer.map { Int($0) }
        start.generation = members["root"]?.integer.flatMap { UInt32(exactly: $0) }
        start.publicKey = key(of: members, line)
        starts[node] = start
        let last = ends.first { $0.lane == 0 }
        var chain = AuditChain(sequence: 0, hash: last?.hash ?? AuditLine.noLine, at: location)
        chain.key = laneKey(line.place, start)
        chains[line.place] = chain
    }

    /// What a start says of the one before it must be what the trail has of that.
    private mutating func compare(_ ends: [AuditEnd], with number: Int64, at line: AuditLine) {
        let node = line.place.node
        for end in ends {
            let place = AuditPlace(node: node, start: number, lane: end.lane)
            let chain = chains[place]
            let sequence = chain?.sequence ?? 0
            if sequence < end.sequence {
                find("lines \(sequence + 1) to \(end.sequence) of \(place) are missing before this start", line)
            } else if sequence > end.sequence {
                find("\(place) has lines behind its end at \(end.sequence): inserted", line)
            } else if let chain, chain.hash != end.hash, !chain.isSuspect {
                find("is not what the next start found there: changed", place, sequence, at: chain.location)
            }
        }
        for place in chains.keys where place.node == node && place.start == number {
            if !ends.contains(where: { $0.lane == place.lane }) { find("\(place) was not there then: inserted", line) }
            chains[place] = nil
        }
    }

    private mutating func key(of members: [String: StrictJSON], _ line: AuditLine) -> AuditPublicKey? {
        guard let der = members["publicKey"]?.text.flatMap({ Base64.decode(Array($0.utf8)[...]) }),
            let named = AuditPublicKey(der)
        else {
            find("names no public key", line)
            return trustedKey
        }
        guard let trustedKey else { return named }
        if named.der != trustedKey.der { find("names another public key than the one to verify with", line) }
        return trustedKey
    }

    /// Sees to it that the line belongs to the start that its node is in.
    private mutating func enter(_ line: AuditLine, _ members: [String: StrictJSON]) {
        let (node, number) = (line.place.node, line.place.start)
        if let start = starts[node], start.number == number { return }
        if let start = starts[node], start.number > number {
            return find("a line of start \(number) after start \(start.number) had begun", line)
        }
        note(
            isPartial && line.kind == .file && starts[node] == nil,
            "the trail begins within start \(number): what came before is not here",
            line
        )
        var start = Start(number: number, publicKey: trustedKey)
        start.laneCount = members["lanes"]?.integer.map { Int($0) }
        start.generation = members["root"]?.integer.flatMap { UInt32(exactly: $0) }
        starts[node] = start
    }

    private func laneKey(_ place: AuditPlace, _ start: Start?) -> (any AuditLaneKey)? {
        laneKeys?(place, start?.generation ?? 1)
    }

    // MARK: Chains

    private mutating func follow(_ line: AuditLine, _ members: [String: StrictJSON]) {
        let start = starts[line.place.node]
        var chain: AuditChain
        if let known = chains[line.place] {
            chain = known
        } else if line.kind == .file {
            chain = AuditChain(sequence: line.sequence - 1, hash: line.previous, at: location)
            chain.checkpoints = members["checkpoints"]?.integer ?? 0
            chain.key = laneKey(line.place, start).flatMap { $0.advanced(by: chain.checkpoints) }
        } else {
            chain = AuditChain(sequence: 0, hash: start?.anchor ?? line.previous, at: location)
            chain.key = laneKey(line.place, start)
        }
        let isNext = judge(line, &chain)
        if isNext {
            checkCode(line, &chain)
            if line.kind == .checkpoint { check(line, members, &chain, start) }
            chain.advance(to: line, SHA256.digest(line.bytes), at: location)
        }
        chains[line.place] = chain
    }

    /// Whether the chain goes on with this line. Where lines are missing before it, it does.
    private mutating func judge(_ line: AuditLine, _ chain: inout AuditChain) -> Bool {
        let next = chain.sequence + 1
        let followsByHash = line.previous == chain.hash
        if line.sequence == next {
            guard !followsByHash, !chain.isSuspect else { return true }
            if chain.sequence == 0 {
                find("does not follow the line that it should: changed, or the line before it is missing", line)
            } else {
                find("was changed, or the word of it in line \(next)", line.place, chain.sequence, at: chain.location)
            }
            return true
        }
        if followsByHash {
            find("has another number than \(next), whose place it has: changed", line)
            return true
        }
        if line.sequence > next {
            let last = line.sequence - 1
            find(
                next == last ? "line \(next) is missing before it" : "lines \(next) to \(last) are missing before it",
                line
            )
            chain.skipped += last - chain.sequence
            return true
        }
        find("stands here again or out of order: line \(next) was to follow", line)
        return false
    }

    private mutating func checkCode(_ line: AuditLine, _ chain: inout AuditChain) {
        guard let key = chain.key else { return }
        let message = line.authenticated
        if key.code(message) == line.code { return }
        // Among the lines that are missing there may have been checkpoints.
        var later = key
        for _ in 0..<min(chain.skipped, 10_000) {
            guard let next = try? later.next() else { break }
            later = next
            guard later.code(message) == line.code else { continue }
            chain.key = later
            chain.skipped = 0
            return
        }
        find("its MAC is wrong: changed", line)
        chain.isNextSuspect = true
    }

    // MARK: Checkpoints

    private mutating func check(
        _ line: AuditLine,
        _ members: [String: StrictJSON],
        _ chain: inout AuditChain,
        _ start: Start?
    ) {
        report.checkpoints += 1
        let number = members["number"]?.integer ?? 0
        if chain.skipped == 0, number != chain.checkpoints + 1 { find("is checkpoint \(number) out of turn", line) }
        chain.checkpoints = number
        chain.key = try? chain.key?.next()
        chain.isSigned = true
        if let key = start?.publicKey, !key.hasSigned(line) {
            find("its signature is wrong: changed", line)
            chain.isNextSuspect = true
        }
    }

    // MARK: The end

    /// What was found, the end of the trail taken into account.
    package consuming func finish() -> AuditReport {
        for (_, locations) in pieces {
            for location in locations {
                report.add(
                    .init(
                        file: location.file,
                        line: location.line,
                        place: nil,
                        sequence: nil,
                        what: "is no line of the trail, and no line tells of it: inserted, changed or torn"
                    )
                )
            }
        }
        for head in expected.values.sorted(by: { $0.place.lane < $1.place.lane }) {
            let last = farthest[head.place] ?? 0
            let what =
                last < head.sequence
                ? "the trail is cut off: it ends at line \(last), and had line \(head.sequence)"
                : "the line of the head that was kept is missing"
            find(what, head.place, head.sequence, isHere: false)
        }
        for (node, start) in starts {
            let lanes = chains.keys.count { $0.node == node && $0.start == start.number }
            if let count = start.laneCount, lanes < count, !isPartial {
                find(
                    "start \(start.number) has \(lanes) of \(count) lanes: the trail is cut off",
                    nil,
                    nil,
                    isHere: false
                )
            }
        }
        describeEnd()
        return report
    }

    private mutating func describeEnd() {
        let unsigned = chains.values.reduce(0) { $0 + $1.linesSinceCheckpoint }
        if unsigned > 0 { report.notes.append("\(unsigned) lines at the end follow the last checkpoint of their lane") }
        if firstFormatLines > 0 { report.notes.append("\(firstFormatLines) lines of format 1, which nothing protects") }
        if trustedKey == nil, let key = starts.values.compactMap(\.publicKey).first {
            report.notes.append("the public key is the trail's own: compare its SHA-256, \(key.digest)")
        }
    }

    private mutating func note(_ isExpected: Bool, _ what: String, _ line: AuditLine) {
        if isExpected { report.notes.append(what) } else { find(what, line) }
    }

    private mutating func find(_ what: String) { find(what, nil, nil) }

    private mutating func find(_ what: String, _ line: AuditLine) { find(what, line.place, line.sequence) }

    private mutating func find(
        _ what: String,
        _ place: AuditPlace?,
        _ sequence: Int64?,
        at other: Location? = nil,
        isHere: Bool = true
    ) {
        let location = isHere ? other ?? location : nil
        report.add(
            .init(file: location?.file, line: location?.line, place: place, sequence: sequence, what: what)
        )
    }
}
