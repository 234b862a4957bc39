package import KMSCore
package import Logging

/// Counts every request, and logs those in which the service failed, with their cause.
///
/// Parameters, messages and addresses of requests stay out of the log: a message may carry what the caller sent.
package struct LogObserver: Observer {
    private let logger: Logger
    private let counters: RequestCounters

    package init(logger: Logger, counters: RequestCounters) {
        self.logger = logger
        self.counters = counters
    }

    package func completed(_ record: AuditRecord, error: KMSError?) {
        counters.count(record, as: error.outcome)
        guard let error else { return }
        guard error.status >= 500 else {
            return logger.debug(
                "request refused",
                metadata: [
                    "action": "\(record.action)", "code": "\(error.code)", "requestId": "\(record.requestID)",
                ]
            )
        }
        logger.error(
            "request failed",
            metadata: [
                "action": "\(record.action)", "code": "\(error.code)", "requestId": "\(record.requestID)",
                "cause": "\(error.cause ?? "unknown")",
            ]
        )
    }
}
