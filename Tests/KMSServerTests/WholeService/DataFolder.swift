import FoundationEssentials
import GRDB
import Glibc

@testable import KMSStorage

/// A data folder that is gone when its owner is.
final class DataFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "keyhold-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func place(_ name: String) -> String { "\(path)/\(name)" }

    func bytes(of name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: place(name)))) }

    /// Replaces what the file holds.
    func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: URL(filePath: place(name))) }

    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: place(name)) }

    func rename(_ name: String, to other: String) throws {
        try FileManager.default.moveItem(atPath: place(name), toPath: place(other))
    }

    /// Replaces a file by another folder's, permissions included.
    func take(_ name: String, from other: DataFolder) throws {
        try? FileManager.default.removeItem(atPath: place(name))
        try FileManager.default.copyItem(atPath: other.place(name), toPath: place(name))
    }

    /// The contents of every file, by name.
    func files() throws -> [String: [UInt8]] {
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        return Dictionary(uniqueKeysWithValues: try names.map { ($0, try bytes(of: $0)) })
    }

    /// The lines of the audit trail.
    func trail() throws -> [String] {
        String(decoding: try bytes(of: "audit.jsonl"), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// Whether `needle`, which is not empty, stands anywhere in `bytes`.
func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
        guard let start = bytes.baseAddress, bytes.count >= needle.count else { return false }
        var offset = 0
        while let found = memchr(start + offset, Int32(needle[0]), bytes.count - needle.count + 1 - offset) {
            if memcmp(found, needle, needle.count) == 0 { return true }
            offset = UnsafeRawPointer(found) - UnsafeRawPointer(start) + 1
        }
        return false
    }
}

extension SQLiteStore {
    /// Every row of every table, as text.
    func dump() async throws -> [String: [String]] {
        try await pool.read { database in
            let tables = try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            var dump: [String: [String]] = [:]
            for table in tables {
                dump[table] = try Row.fetchAll(database, sql: "SELECT * FROM \(table)").map { row in
                    row.map { name, value in "\(name)=\(text(value))" }.joined(separator: " ")
                }
            }
            return dump
        }
    }

    /// What `PRAGMA synchronous` says on the connection that writes.
    func writerSynchronous() async throws -> Int? {
        try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }
}

private func text(_ value: DatabaseValue) -> String {
    if case .blob(let data) = value.storage { return data.map { String($0, radix: 16) }.joined(separator: ",") }
    return "\(value)"
}
