import ArgumentParser
import KMSAccess
import KMSCore

/// `keyhold audit search`: prints the records that fulfil everything that is asked.
struct AuditSearch: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Prints the records that fulfil all of the options.",
        discussion: "Whether a trail is whole, 'keyhold audit verify' tells; searching does not."
    )

    @OptionGroup var files: AuditFilesOption
    @Option(help: "At this time or later: 2026-01-31T23:59:59Z, or a day.")
    var from: String?
    @Option(help: "Before this time, or until the end of a day.")
    var to: String?
    @Option(name: .customLong("key-id"), help: "The key that was used or asked for.")
    var keyID: String?
    @Option(help: "Who asked, by name or by stable id.")
    var principal: String?
    @Option(help: "The operation, such as Decrypt.")
    var action: String?
    @Option(help: "success, refused or failed.")
    var outcome: String?
    @Option(help: "The account's id.")
    var account: String?
    @Option(name: .customLong("request-id"), help: "The RequestId that was answered.")
    var requestID: String?
    @Flag(help: "Print a table instead of the lines as they are.")
    var table = false

    func run(in program: Program) throws(Failure) {
        let query = try query()
        if table { program.write(Self.row(Self.columns.map(\.title))) }
        for path in try files.paths() {
            do {
                var lines = try ForwardLines(path: path)
                while let (text, isWhole) = try lines.next() {
                    guard isWhole, let record = query.record(in: text) else { continue }
                    program.write(table ? Self.row(Self.columns.map { record[$0.member] ?? "-" }) : Self.line(record))
                }
            } catch { throw .usage(error.reason.printable) }
        }
    }

    private func query() throws(Failure) -> AuditQuery {
        var query = AuditQuery()
        query.from = try from.map { text throws(Failure) in try Self.time(text, endsDay: false) }
        query.until = try to.map { text throws(Failure) in try Self.time(text, endsDay: true) }
        if let outcome, AuditRecord.Outcome(rawValue: outcome) == nil {
            throw .usage("--outcome is success, refused or failed.")
        }
        (query.key, query.principal, query.action) = (keyID, principal, action)
        (query.outcome, query.account, query.requestID) = (outcome, account, requestID)
        return query
    }

    private static func time(_ text: String, endsDay: Bool) throws(Failure) -> Timestamp {
        if let time = Timestamp(text: Array(text.utf8)) { return time }
        guard let day = Timestamp(text: Array("\(text)T00:00:00Z".utf8)) else {
            throw .usage("'\(text.printable)' is no time: write 2026-01-31T23:59:59Z or 2026-01-31.")
        }
        return endsDay ? day.adding(seconds: 86_400) : day
    }

    private static func line(_ record: AuditMembers) -> String {
        String(decoding: record.line, as: UTF8.self).printable + "\n"
    }

    private static let columns: [(title: String, member: String, width: Int)] = [
        ("TIME", "time", 27), ("ACTION", "action", 26), ("OUTCOME", "outcome", 7), ("ERROR", "errorCode", 26),
        ("ACCOUNT", "account", 16), ("PRINCIPAL", "principal", 20), ("SOURCE", "source", 15), ("KEY", "key", 36),
        ("REQUEST", "requestId", 36),
    ]

    /// Records come one by one, so that the widths are fixed; what is longer moves the rest.
    private static func row(_ cells: [String]) -> String {
        let padded = zip(cells, columns).map { cell, column in
            let text = cell.printable
            return text + String(repeating: " ", count: max(0, column.width - text.count))
        }
        return padded.joined(separator: "  ") + "\n"
    }
}
