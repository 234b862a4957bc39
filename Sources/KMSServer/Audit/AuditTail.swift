internal import KMSAccess
internal import KMSCore

/// What a start finds of the trail that is there, read from its end.
struct AuditTail {
    /// The node and the number of the start that wrote last; nil where no line of this format is there.
    private(set) var last: (node: UUIDBytes, start: Int64)?
    /// How far each lane of that start had come.
    private(set) var ends: [AuditEnd] = []
    /// Those of the heads that the trail lacks.
    private(set) var missing: [AuditHead] = []
    /// What follows the last newline: a line that was not written whole.
    private(set) var torn: [UInt8] = []

    /// Files that are looked through for heads that are in none of the later ones.
    private static let depth = 3

    /// Reads back until every lane of the last start and every head is found, which is soon.
    ///
    /// - Parameter heads: what the database remembers of the same trail.
    static func read(
        _ folder: AuditFolder,
        expecting heads: [AuditHead],
        _ digest: ([UInt8]) -> [UInt8]
    ) throws(AuditError) -> AuditTail {
        var tail = AuditTail()
        var search = Search(heads)
        for (index, path) in try folder.newestFirst().prefix(depth).enumerated() {
            guard var lines = try BackwardLines(path: path) else { continue }
            if index == 0 { tail.torn = lines.torn }
            while !search.isOver, let text = try lines.next() {
                search.take(AuditLine.apart(text).line, digest)
            }
        }
        tail.last = search.last
        tail.ends = search.ends.values.sorted { $0.lane < $1.lane }
        tail.missing = search.wanted.values.sorted { ($0.place.start, $0.place.lane) < ($1.place.start, $1.place.lane) }
        return tail
    }

    private struct Search {
        struct Spot: Hashable {
            let place: AuditPlace
            let sequence: Int64
        }

        private(set) var wanted: [Spot: AuditHead]
        private(set) var last: (node: UUIDBytes, start: Int64)?
        private(set) var ends: [Int: AuditEnd] = [:]
        /// How many lanes the last start has, once that is known.
        private var laneCount: Int?
        private var isBeforeLast = false
        private var isBeforeFormat = false
        private let heads: [AuditHead]

        init(_ heads: [AuditHead]) {
            self.heads = heads
            wanted = Dictionary(heads.map { (Spot(place: $0.place, sequence: $0.sequence), $0) }) { $1 }
        }

        var isOver: Bool {
            isBeforeFormat || (wanted.isEmpty && (isBeforeLast || (last != nil && ends.count == laneCount)))
        }

        mutating func take(_ text: ArraySlice<UInt8>, _ digest: ([UInt8]) -> [UInt8]) {
            guard let line = AuditLine(Array(text)) else {
                isBeforeFormat = AuditLine.isOfFirstFormat(text)
                return
            }
            let place = line.place
            if last == nil {
                last = (place.node, place.start)
                // A start remembers the heads of all its lanes before it serves.
                let known = heads.count { $0.place.node == place.node && $0.place.start == place.start }
                if known > 0 { laneCount = known }
            }
            let spot = Spot(place: place, sequence: line.sequence)
            if let head = wanted[spot], head.line == line.bytes { wanted[spot] = nil }
            guard let last, place.node == last.node, place.start == last.start else {
                isBeforeLast = true
                return
            }
            if ends[place.lane] == nil {
                ends[place.lane] = AuditEnd(lane: place.lane, sequence: line.sequence, hash: digest(line.bytes))
            }
            switch line.kind {
            case .start: isBeforeLast = true
            case .file: laneCount = line.laneCount ?? laneCount
            default: break
            }
        }
    }

    /// How far back from the oldest of them the search goes: lines are ordered by when they were written, their times
    /// say when the requests arrived.
    private static let margin: Int64 = 3_600

    /// The ids of the requests that have a line, without those that are clearly older than all of `waiting`.
    static func requestIDs(
        _ folder: AuditFolder,
        since waiting: [WaitingAuditRecord]
    ) throws(AuditError) -> Set<UUIDBytes> {
        guard let oldest = waiting.map(\.time).min() else { return [] }
        var found = Set<UUIDBytes>()
        for path in try folder.newestFirst() {
            guard var lines = try BackwardLines(path: path) else { continue }
            while let text = try lines.next() {
                guard let record = AuditLine.request(of: AuditLine.apart(text).line) else { continue }
                found.insert(record.requestID)
                if record.time.adding(seconds: margin) < oldest { return found }
            }
        }
        return found
    }
}
