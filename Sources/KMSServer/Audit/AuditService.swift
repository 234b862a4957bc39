internal import ServiceLifecycle

/// Tends the audit trail every second until the server stops, and once more when nothing is written any longer.
package struct AuditService: Service {
    private let log: FileAuditLog
    private let report: @Sendable ([String]) -> Void

    /// - Parameter report: is told what could not be done, when it comes and not every round.
    package init(_ log: FileAuditLog, report: @escaping @Sendable ([String]) -> Void) {
        self.log = log
        self.report = report
    }

    package func run() async throws {
        var known: Set<String> = []
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let troubles = Set(await log.tend())
            if !troubles.isSubset(of: known) { report(troubles.subtracting(known).sorted()) }
            known = troubles
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
        }
        report(await log.tend(isLast: true))
    }
}
