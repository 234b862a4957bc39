internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// A statement whose arguments are numbered `$1`, `$2` …, in SQLite's spelling; made once and kept by its user.
struct SQLStatement: Sendable {
    /// As SQLite reads it.
    let text: String

    init(_ sql: String) { text = NumberedArguments.rewritten(sql) }

    func execute(_ database: Database, _ arguments: [(any DatabaseValueConvertible)?] = []) throws {
        try database.cachedStatement(sql: text).execute(arguments: StatementArguments(arguments))
    }

    /// Executes and gives the number of rows that were changed.
    func count(_ database: Database, _ arguments: [(any DatabaseValueConvertible)?]) throws -> Int {
        try execute(database, arguments)
        return database.changesCount
    }

    func row(_ database: Database, _ arguments: [(any DatabaseValueConvertible)?] = []) throws -> Row? {
        try Row.fetchOne(database.cachedStatement(sql: text), arguments: StatementArguments(arguments))
    }

    func rows(_ database: Database, _ arguments: [(any DatabaseValueConvertible)?] = []) throws -> [Row] {
        try Row.fetchAll(database.cachedStatement(sql: text), arguments: StatementArguments(arguments))
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
