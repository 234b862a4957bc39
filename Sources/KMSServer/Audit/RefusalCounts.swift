internal import Glibc
internal import KMSCore

/// Which refusals of unidentified callers get a line of their own, and what is told of the others: so many of each
/// source in a minute, then a count.
struct RefusalCounts: Sendable {
    /// Refusals of one source and minute that have no line of their own.
    struct Summary: Sendable, Equatable {
        let source: String
        var count = 0
        var first: Timestamp
        var last: Timestamp
        var errorCodes: [String: Int] = [:]

        /// Codes that are told apart; the rest is counted together.
        private static let codes = 16

        fileprivate init(_ source: String, at time: Timestamp) {
            self.source = source
            first = time
            last = time
        }

        fileprivate mutating func add(_ code: String, at time: Timestamp) {
            count += 1
            first = min(first, time)
            last = max(last, time)
            add(1, of: code)
        }

        fileprivate mutating func add(_ other: Summary) {
            count += other.count
            first = min(first, other.first)
            last = max(last, other.last)
            for (code, count) in other.errorCodes { add(count, of: code) }
        }

        private mutating func add(_ count: Int, of code: String) {
            let told = errorCodes.count - (errorCodes[RefusalCounts.others] == nil ? 0 : 1)
            let isTold = errorCodes[code] != nil || code == RefusalCounts.others || told < Self.codes
            errorCodes[isTold ? code : RefusalCounts.others, default: 0] += count
        }
    }

    private struct Source {
        var written = 0
        var summary: Summary?
    }

    /// Sources that are told apart in a minute; the rest is taken together.
    static let sourceLimit = 1_024
    static let others = "others"

    private let limit: Int
    private var minute: Int64 = 0
    private var sources: [String: Source] = [:]
    private var due: [String: Summary] = [:]

    /// - Parameter limit: lines that one source gets in a minute.
    init(limit: Int) { self.limit = limit }

    /// Whether the refusal gets a line of its own; else it is counted.
    mutating func admits(_ record: AuditRecord) -> Bool {
        move(to: record.time)
        var name = Self.name(of: record.source)
        if sources[name] == nil, sources.count >= Self.sourceLimit { name = Self.others }
        var source = sources.removeValue(forKey: name) ?? Source()
        defer { sources[name] = source }
        guard source.written >= limit else {
            source.written += 1
            return true
        }
        var summary = source.summary ?? Summary(name, at: record.time)
        summary.add(record.errorCode ?? "", at: record.time)
        source.summary = summary
        return false
    }

    /// The summaries of minutes that are over, and of the present one if `endsMinute`; they are no longer held.
    mutating func takeDue(at now: Timestamp, endsMinute: Bool = false) -> [Summary] {
        move(to: now)
        if endsMinute { endMinute() }
        defer { due = [:] }
        return due.values.sorted { ($0.first, $0.source) < ($1.first, $1.source) }
    }

    /// Takes summaries back that could not be written.
    mutating func putBack(_ summaries: some Sequence<Summary>) {
        for summary in summaries { hold(summary) }
    }

    /// A minute ends when a later one begins, or when the clock was set back.
    private mutating func move(to time: Timestamp) {
        let minute = time.seconds / 60
        guard minute > self.minute || minute < self.minute - 1 else { return }
        endMinute()
        self.minute = minute
    }

    private mutating func endMinute() {
        for source in sources.values { if let summary = source.summary { hold(summary) } }
        sources = [:]
    }

    private mutating func hold(_ summary: Summary) {
        let isKnown = due[summary.source] != nil || due.count < Self.sourceLimit
        let name = isKnown ? summary.source : Self.others
        var held = due[name] ?? Summary(name, at: summary.first)
        held.add(summary)
        due[name] = held
    }

    /// An address, or of IPv6 the network of 64 bits that belongs to one subscriber.
    static func name(of source: String) -> String {
        guard source.utf8.contains(UInt8(ascii: ":")) else { return source }
        var address = in6_addr()
        guard inet_pton(AF_INET6, source, &address) == 1 else { return source }
        let bytes = withUnsafeBytes(of: &address) { Array($0) }
        // An IPv4 address that came by an IPv6 socket (RFC 4291, 2.5.5.2).
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return bytes[12...].map(String.init).joined(separator: ".")
        }
        let groups = (0..<4).map { String(UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]), radix: 16) }
        return groups.joined(separator: ":") + "::/64"
    }
}
