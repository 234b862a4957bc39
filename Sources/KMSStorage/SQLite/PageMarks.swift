internal import KMSCore
internal import Synchronization

/// Where the pages of listings begin for those who read one page after the other.
///
/// The sequence of a page's last row is remembered as the place after which the next page begins, so that this page is
/// found by one search of the index however far into the listing it lies. A mark stands only while what comes before
/// it stays as it is: what leaves a namespace's listings takes the namespace's marks along. Without a mark a page is
/// found by counting rows, and holds the same.
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

        /// What the marks of this listing are remembered under: the same at every moment.
        fileprivate func place(_ page: Page) -> Place { Place(namespace: namespace, rows: rows, page: page) }
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
        /// The number of the last departure from the listings of a namespace.
        var departures: [Namespace: UInt64] = [:]
        /// Departures so far, of all namespaces.
        var count: UInt64 = 0
        /// What namespaces have that are not in ``departures``: those that were forgotten may have had some.
        var forgotten: UInt64 = 0

        func departure(from namespace: Namespace) -> UInt64 { departures[namespace] ?? forgotten }
    }

    private let limit: Int
    private let memory = Mutex(Memory())

    /// - Parameter limit: how many marks, and namespaces, are remembered at once; past it, all are forgotten.
    init(limit: Int = 10_000) {
        self.limit = limit
    }

    /// Where the page begins, if the page before it was read and nothing has left the listing since.
    func mark(of page: Page, of subject: Subject) -> Mark? {
        memory.withLock { memory in
            guard let found = memory.marks[subject.place(page)],
                found.departure == memory.departure(from: subject.namespace)
            else { return nil }
            return found.mark
        }
    }

    /// The number of the last departure from the namespace; what ``note(end:of:of:departure:)`` takes.
    func departure(from namespace: Namespace) -> UInt64 {
        memory.withLock { $0.departure(from: namespace) }
    }

    /// Notes that `page` was read whole and ended with the row of this sequence.
    ///
    /// - Parameter departure: the last one before the page was read; where others have followed, nothing is noted.
    func note(end sequence: Int64, of page: Page, of subject: Subject, departure: UInt64) {
        let (number, overflow) = page.number.addingReportingOverflow(1)
        guard !overflow else { return }
        let place = subject.place(Page(number: number, size: page.size))
        memory.withLock { memory in
            guard memory.departure(from: subject.namespace) == departure else { return }
            if memory.marks.count >= limit { memory.marks = [:] }
            memory.marks[place] = (Mark(sequence: sequence, moment: subject.moment), departure)
        }
    }

    /// Notes that rows have left the listings of a namespace, or may have.
    func noteDeparture(from namespace: Namespace) {
        memory.withLock { memory in
            memory.count += 1
            if memory.departures.count >= limit {
                memory.departures = [:]
                memory.forgotten = memory.count
            }
            memory.departures[namespace] = memory.count
        }
    }

    /// How many marks are remembered.
    var count: Int { memory.withLock { $0.marks.count } }
}
