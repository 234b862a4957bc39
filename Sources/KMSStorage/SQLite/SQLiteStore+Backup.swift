internal import FoundationEssentials
internal import GRDB
internal import Glibc
package import KMSCore

extension SQLiteStore {
    /// Copies the whole database, as it is at one moment, to a new file that stands by itself; writers go on meanwhile.
    ///
    /// The file appears whole, checked and synced, or not at all.
    ///
    /// - Throws: ``StoreError/alreadyExists`` where there is a file of that name.
    package func backUp(to path: String) async throws(StoreError) {
        let partial = path + ".partial"
        for name in [path, partial] where access(name, F_OK) == 0 {
            if name == path { throw .alreadyExists }
            throw .unavailable("\(partial) is in the way: another backup is under way, or one was interrupted.")
        }
        defer { unlink(partial) }
        do {
            try FileSync.makeDatabaseFile(partial)
            try Self.copy(pool, to: partial)
            try FileSync.sync(partial)
            // As a rename, but never over a file that came to be meanwhile.
            guard link(partial, path) == 0 else {
                if errno == EEXIST { throw StoreError.alreadyExists }
                throw StoreError.unavailable("\(path) cannot be made: \(String(cString: strerror(errno)))")
            }
            let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
            try FileSync.sync(folder)
        } catch let error as StoreError { throw error } catch {
            throw .unavailable("The backup \(path) cannot be written: \(error)")
        }
    }

    private static func copy(_ pool: DatabasePool, to path: String) throws {
        let copy = try DatabaseQueue(path: path)
        try pool.backup(to: copy)
        try copy.writeWithoutTransaction { database in
            // One file without a log beside it.
            let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE")
            let verdict = try String.fetchAll(database, sql: "PRAGMA integrity_check")
            guard mode == "delete", verdict == ["ok"] else {
                throw StoreError.unavailable("The copy is not whole: \(verdict.joined(separator: "; "))")
            }
        }
        try copy.close()
    }
}
