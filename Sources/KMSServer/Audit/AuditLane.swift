internal import KMSCore

/// One chain of the trail: whose turn it is, what the last line was, and the key of its MACs.
///
/// Nothing of it moves on before a line is in the file whole, so that a line that could not be written leaves no gap.
struct AuditLane {
    /// Lines after which a checkpoint is due.
    static let linesPerCheckpoint = 1_000

    let place: AuditPlace
    private(set) var sequence: Int64 = 0
    /// SHA-256 of the last line.
    private(set) var head: [UInt8]
    private(set) var checkpoints: Int64 = 0
    /// Lines since the last checkpoint, or since the start.
    private(set) var linesSinceCheckpoint = 0
    /// The last checkpoint, unless it was taken.
    private var newHead: AuditHead?
    /// Nil after a write that failed.
    private(set) var file: AuditFile?

    private var key: any AuditLaneKey
    private let seal: any AuditSeal
    /// The begin of every line.
    private let begin: [UInt8]
    /// Where a line is put together; kept, so that it need not be allocated anew.
    private var line: [UInt8] = []
    /// SHA-256 of the pieces of lines that failed writes have left in files.
    private var torn: [[UInt8]] = []
    /// Whether such a piece is not yet followed by a newline.
    private var isLineOpen = false

    /// - Parameter head: SHA-256 of the line that the first one follows.
    init(_ place: AuditPlace, after head: [UInt8], sealedBy seal: any AuditSeal, in file: AuditFile) throws(AuditError)
    {
        self.place = place
        self.head = head
        self.file = file
        self.seal = seal
        key = try seal.laneKey(place)
        begin = AuditLine.begin(place)
        line.reserveCapacity(2_048)
    }

    /// Appends a line. `members` writes what is particular to it, a comma before each member.
    mutating func append(
        _ kind: AuditLine.Kind,
        at time: Timestamp,
        _ members: (inout [UInt8]) throws(AuditError) -> Void = { _ in }
    ) throws(AuditError) {
        guard let file else { throw AuditError("The trail could not be written before.") }
        line.removeAll(keepingCapacity: true)
        line.append(contentsOf: begin)
        AuditLine.appendHead(sequence + 1, after: head, kind, at: time, to: &line)
        try members(&line)
        AuditLine.appendCode(key.code(line), to: &line)
        let hash = seal.digest(line)
        line.append(UInt8(ascii: "\n"))
        do { try file.append(line) } catch {
            self.file = nil
            if error.written > 0 { isLineOpen = true }
            // Whole but for the newline, it would pass for a line, and so is one.
            if error.written == line.count - 1 {
                advance(to: hash)
            } else if error.written > 0 {
                torn.append(seal.digest(Array(line.prefix(error.written))))
            }
            throw AuditError(error.reason)
        }
        advance(to: hash)
    }

    private mutating func advance(to hash: [UInt8]) {
        sequence += 1
        head = hash
        linesSinceCheckpoint += 1
    }

    /// Signs the chain as it is, and replaces the key, so that nobody can make these lines' MACs again.
    mutating func checkpoint(at time: Timestamp) throws(AuditError) {
        let next = try key.next()
        let (before, number, seal) = (sequence, checkpoints + 1, seal)
        // Also where writing failed after the whole line was in the file.
        defer {
            if sequence > before {
                (key, checkpoints, linesSinceCheckpoint) = (next, number, 0)
                newHead = AuditHead(place: place, sequence: sequence, line: Array(line.dropLast()))
            }
        }
        try append(.checkpoint, at: time) { line throws(AuditError) in
            line.append(literal: #","number":"#)
            line.appendDecimal(number)
            line.append(literal: #","key":""#)
            line.appendHexadecimal(seal.digest(seal.publicKey))
            line.append(UInt8(ascii: "\""))
            let signature = try seal.sign(seal.digest(line))
            line.append(literal: #","signature":""#)
            line.append(contentsOf: Base64.characters(of: signature))
            line.append(UInt8(ascii: "\""))
        }
    }

    /// The checkpoint that was not yet taken, if there is one.
    mutating func takeHead() -> AuditHead? {
        defer { newHead = nil }
        return newHead
    }

    /// Goes on after a write that failed; what it left in the file is told.
    mutating func resume(at time: Timestamp, in path: String) throws(AuditError) {
        guard file == nil else { return }
        let reopened = try AuditFile(path: path)
        if isLineOpen {
            do { try reopened.append([UInt8(ascii: "\n")]) } catch { throw AuditError(error.reason) }
            isLineOpen = false
        }
        file = reopened
        let (pieces, before) = (torn, sequence)
        // What this very line leaves of itself, if it fails, is told by the next.
        defer { if sequence > before { torn.removeFirst(pieces.count) } }
        try append(.resume, at: time) { $0.appendTorn(pieces) }
    }

    /// Goes on in another file, whose first line of this lane tells how far it had come.
    mutating func move(to other: AuditFile, number: Int, of laneCount: Int, at time: Timestamp) throws(AuditError) {
        guard file != nil else { return }
        file = other
        let (checkpoints, generation) = (checkpoints, seal.generation)
        try append(.file, at: time) { line in
            line.append(literal: #","number":"#)
            line.appendDecimal(Int64(number))
            line.append(literal: #","lanes":"#)
            line.appendDecimal(Int64(laneCount))
            line.append(literal: #","root":"#)
            line.appendDecimal(Int64(generation))
            line.append(literal: #","checkpoints":"#)
            line.appendDecimal(checkpoints)
        }
    }
}

extension [UInt8] {
    /// Appends a member that names pieces of lines by their SHA-256, unless there are none.
    mutating func appendTorn(_ pieces: [[UInt8]]) {
        guard !pieces.isEmpty else { return }
        append(literal: #","torn":["#)
        for (index, piece) in pieces.enumerated() {
            append(contentsOf: index == 0 ? "\"".utf8 : ",\"".utf8)
            appendHexadecimal(piece)
            append(UInt8(ascii: "\""))
        }
        append(UInt8(ascii: "]"))
    }
}
