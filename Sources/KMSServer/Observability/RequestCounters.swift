internal import KMSCore
internal import Synchronization

/// Counts requests by action and outcome, without a lock.
///
/// The labels are the names of the catalogues and `unknown`: what a request says never becomes one.
package final class RequestCounters: Sendable {
    private final class Cell: Sendable {
        let success = Atomic<UInt64>(0)
        let refused = Atomic<UInt64>(0)
        let failed = Atomic<UInt64>(0)
        let microseconds = Atomic<UInt64>(0)
    }

    private let cells: [String: Cell]
    private let unknown = Cell()

    package init(actions: [String]) {
        cells = Dictionary(actions.map { ($0, Cell()) }) { first, _ in first }
    }

    /// - Parameter outcome: how the request was answered, which is worse than what the record says where the record
    ///   could not be written.
    func count(_ record: AuditRecord, as outcome: AuditRecord.Outcome) {
        let cell = cells[record.action] ?? unknown
        switch outcome {
        case .success: cell.success.add(1, ordering: .relaxed)
        case .refused: cell.refused.add(1, ordering: .relaxed)
        case .failed: cell.failed.add(1, ordering: .relaxed)
        }
        cell.microseconds.add(UInt64(max(0, record.duration)), ordering: .relaxed)
    }

    /// The counts in the text format of Prometheus, actions that were never asked for left out.
    package var exposition: String {
        var requests = ""
        var seconds = ""
        let named = cells.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        for (action, cell) in named + [("unknown", unknown)] {
            let outcomes: [(AuditRecord.Outcome, UInt64)] = [
                (.success, cell.success.load(ordering: .relaxed)), (.refused, cell.refused.load(ordering: .relaxed)),
                (.failed, cell.failed.load(ordering: .relaxed)),
            ]
            for (outcome, count) in outcomes where count > 0 {
                requests += "keyhold_requests_total{action=\"\(action)\",outcome=\"\(outcome.rawValue)\"} \(count)\n"
            }
            if outcomes.contains(where: { $0.1 > 0 }) {
                let total = Double(cell.microseconds.load(ordering: .relaxed)) / 1_000_000
                seconds += "keyhold_request_seconds_total{action=\"\(action)\"} \(total)\n"
            }
        }
        return """
            # HELP keyhold_requests_total Requests answered.
            # TYPE keyhold_requests_total counter
            \(requests)# HELP keyhold_request_seconds_total Time from arrival to answer, summed.
            # TYPE keyhold_request_seconds_total counter
            \(seconds)
            """
    }
}
