internal import KMSCore
internal import Synchronization

/// Where the pages of listings begin for those who read one page after the other.
///
/// The sequence of a page's last row is remembered as the place after which the next page begins, so that this page is
/// found by one search of the index however far into the listing it lies. A mark stands only while what comes before
/// it stays as it is: what leaves a listing, or enters it other than at its end, takes the marks of all such listings of
/// the namespace along. Without a mark a page is found by counting rows, and holds the same.
final class PageMarks: Sendable {
    /// What is listed; the pages of one listing follow each other.
    struct Subject: Hashable, Sendable {
        enum Rows: Hashable, Sendable {
            case keys(KeyFilter)
            case aliases(of: KeyID?)
            case versions(of: KeyID)
        }

        let namespace: Namespace
        let rows: Rows
        /// The moment of the listing; nil where it does not depend on the clock.
        let moment: Timestamp?

        /// Where rows leave from; nil for versions, which stay as long as their key does.
        var source: Source? {
            switch rows {
            case .keys(let filter): Source(namespace: namespace, kind: filter == KeyFilter() ? .keys : .selectedKeys)
            case .aliases: Source(namespace: namespace, kind: .aliases)
            case .versions: nil
            }
        }

        /// What the marks of this listing are remembered under: the same at every moment.
        fileprivate func place(_ page: Page) -> Place { Place(namespace: namespace, rows: rows, page: page) }
    }

    /// Listings of a namespace that rows leave together.
    struct Source: Hashable, Sendable {
        enum Kind: Hashable, Sendable { case keys, selectedKeys, aliases }

        let namespace: Namespace
        let kind: Kind
    }

    struct Mark: Sendable {
        /// The sequence after which the page begins.
        let sequence: Int64
        /// The moment at which the page before it was read.
        let moment: Timestamp?
    }

    fileprivate struct Place: Hashable {
        let namespace: Namespace
        let rows: Subject.Rows
        let page: Page
    }

    private struct Memory {
        var marks: [Place: (mark: Mark, departure: UInt64)] = [:]
        /// The number of the last departure from each source.
        var departures: [Source: UInt64] = [:]
        /// Departures so far, from all sources.
        var count: UInt64 = 0
        /// What sources have that are not in ``departures``: those that were forgotten may have had some.
        var forgotten: UInt64 = 0

        func departure(from subject: Subject) -> UInt64 {
            guard let source = subject.source else { return 0 }
            return departures[source] ?? forgotten
        }
    }

    private let limit: Int
    private let memory = Mutex(Memory())

    /// - Parameter limit: how many marks, and sources, are remembered at once; past it, all are forgotten.
    init(limit: Int = 10_000) {
        self.limit = limit
    }

    /// Where the page begins, if the page before it was read and nothing has left the listing since.
    func mark(of page: Page, of subject: Subject) -> Mark? {
        memory.withLock { memory in
            guard let found = memory.marks[subject.place(page)],
                found.departure == memory.departure(from: subject)
            else { return nil }
            return found.mark
        }
    }

    /// The number of the last departure from the listing; what ``note(end:of:of:departure:)`` takes.
    func departure(from subject: Subject) -> UInt64 {
        memory.withLock { $0.departure(from: subject) }
    }

    /// Notes that `page` was read whole and ended with the row of this sequence.
    ///
    /// - Parameter departure: the last one before the page was read; where others have followed, nothing is noted.
    func note(end sequence: Int64, of page: Page, of subject: Subject, departure: UInt64) {
        let (number, overflow) = page.number.addingReportingOverflow(1)
        guard !overflow else { return }
        let place = subject.place(Page(number: number, size: page.size))
        memory.withLock { memory in
            guard memory.departure(from: subject) == departure else { return }
            if memory.marks.count >= limit { memory.marks = [:] }
            memory.marks[place] = (Mark(sequence: sequence, moment: subject.moment), departure)
        }
    }

    /// Notes that rows have left listings, or entered them other than at the end, or may have.
    func noteDeparture(from source: Source) {
        memory.withLock { memory in
            memory.count += 1
            if memory.departures.count >= limit {
                memory.departures = [:]
                memory.forgotten = memory.count
            }
            memory.departures[source] = memory.count
        }
    }

    /// How many marks are remembered.
    var count: Int { memory.withLock { $0.marks.count } }
}
