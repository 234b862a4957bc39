internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// A statement whose arguments are numbered `$1`, `$2` …, in SQLite's spelling; made once and kept by its user.
struct SQLStatement: Sendable {
    /// As SQLite reads it.
    let text: String
    private let isKept: Bool

    /// - Parameter isKept: false for a text that follows from a request: every connection keeps the others, prepared,
    ///   for as long as it lives, and callers could make up texts without end.
    init(_ sql: String, isKept: Bool = true) {
        text = NumberedArguments.rewritten(sql)
        self.isKept = isKept
    }

    private func prepared(_ database: Database) throws -> Statement {
        isKept ? try database.cachedStatement(sql: text) : try database.makeStatement(sql: text)
    }

    func execute(_ database: Database, _ arguments: [(any DatabaseValueConvertible)?] = []) throws {
        try prepared(database).execute(arguments: StatementArguments(arguments))
    }

    /// Executes and gives the number of rows that were changed.
    func count(_ database: Database, _ arguments: [(any DatabaseValueConvertible)?]) throws -> Int {
        try execute(database, arguments)
        return database.changesCount
    }

    func row(_ database: Database, _ arguments: [(any DatabaseValueConvertible)?] = []) throws -> Row? {
        try Row.fetchOne(prepared(database), arguments: StatementArguments(arguments))
    }

    func rows(_ database: Database, _ arguments: [(any DatabaseValueConvertible)?] = []) throws -> [Row] {
        try Row.fetchAll(prepared(database), arguments: StatementArguments(arguments))
    }
}

extension UUIDBytes {
    var column: Data { Data(bytes) }

    /// The id in a column of 16 bytes; the schema has checked the length.
    init(column: Data) throws(DamagedRow) {
        guard let id = UUIDBytes(bytes: Array(column)[...]) else { throw DamagedRow() }
        self = id
    }
}

/// A row that the schema does not allow: the file was damaged or changed by hand.
struct DamagedRow: Error, CustomStringConvertible {
    var description: String { "a row of the database is damaged" }
}
