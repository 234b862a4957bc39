internal import GRDB
internal import KMSCore

/// Which rows of a listing are read: so many after a sequence, and after leaving some out.
struct PageWindow {
    let after: Int64
    let leftOut: Int
    let size: Int

    /// In the order in which statements number them: after, size, left out.
    var arguments: [(any DatabaseValueConvertible)?] { [after, size, leftOut] }
}

extension SQLiteStore {
    private static let clockTurned = SQLStatement(
        """
        SELECT EXISTS (
            SELECT 1 FROM keys WHERE account = $1 AND region = $2 AND is_retired = 0 AND delete_at > $3 AND delete_at <= $4
        ) OR EXISTS (
            SELECT 1 FROM keys WHERE account = $1 AND region = $2 AND is_retired = 0
                AND material_expires_at > $3 AND material_expires_at <= $4
        )
        """
    )

    /// Reads one page: from where the page before it ended if that is known, else by counting rows.
    ///
    /// - Parameter rows: the rows of a window, each beginning with its sequence.
    func page<Element: Sendable>(
        _ page: Page,
        of subject: PageMarks.Subject,
        _ total: @escaping @Sendable (Database) throws -> Int,
        _ rows: @escaping @Sendable (Database, PageWindow) throws -> [Row],
        _ element: @escaping @Sendable (Row) throws -> Element
    ) async throws(StoreError) -> Listing<Element> {
        let departure = marks.departure(from: subject)
        let mark = marks.mark(of: page, of: subject)
        let (listing, end) = try await read { database -> (Listing<Element>, Int64?) in
            let found = try Self.window(of: page, of: subject, mark, database).map { try rows(database, $0) } ?? []
            let end: Int64? = found.count == page.size ? found.last?[0] : nil
            return (Listing(rows: try found.map(element), totalCount: try total(database)), end)
        }
        if let end { marks.note(end: end, of: page, of: subject, departure: departure) }
        return listing
    }

    private static func window(
        of page: Page,
        of subject: PageMarks.Subject,
        _ mark: PageMarks.Mark?,
        _ database: Database
    ) throws -> PageWindow? {
        if let mark, try stands(mark, subject, database) {
            return PageWindow(after: mark.sequence, leftOut: 0, size: page.size)
        }
        return page.offset.map { PageWindow(after: 0, leftOut: $0, size: page.size) }
    }

    /// Whether no deadline of the namespace has passed since the mark was noted.
    private static func stands(
        _ mark: PageMarks.Mark,
        _ subject: PageMarks.Subject,
        _ database: Database
    ) throws -> Bool {
        guard let now = subject.moment, let then = mark.moment else { return true }
        guard then <= now else { return false }
        let moments = [then.microseconds, now.microseconds]
        return try clockTurned.row(database, subject.namespace.columns + moments)?[0] == false
    }

    /// Tells the marks what a change has taken out of listings, or may have. What is added comes behind every mark.
    func noteDepartures(_ change: Change) {
        for step in change.steps {
            switch step {
            case .updateKey(from: let old, to: let new):
                if old.deleteAt != new.deleteAt { noteDepartures(from: old.namespace, .keys, .aliases) }
                if !isListedAlike(old, new) { noteDepartures(from: old.namespace, .selectedKeys) }
            case .retireKey(let key): noteDepartures(from: key.namespace, .keys, .selectedKeys, .aliases)
            case .moveAlias(_, in: let namespace, from: _, to: _), .deleteAlias(_, in: let namespace, pointingTo: _):
                noteDepartures(from: namespace, .aliases)
            default: break
            }
        }
    }

    private func noteDepartures(from namespace: Namespace, _ kinds: PageMarks.Source.Kind...) {
        for kind in kinds { marks.noteDeparture(from: PageMarks.Source(namespace: namespace, kind: kind)) }
    }

    /// Whether every filter selects both or neither, at every moment. Rotations, among others, change nothing there.
    private func isListedAlike(_ old: Key, _ new: Key) -> Bool {
        Counters.bucket(of: old) == Counters.bucket(of: new) && old.deleteAt == new.deleteAt
            && old.materialExpiresAt == new.materialExpiresAt
    }
}
