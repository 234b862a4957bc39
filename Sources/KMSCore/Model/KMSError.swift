/// An error that the API documents: status, code and message exactly as the manual has them (spec 1.9 and 9).
///
/// The documented sentence comes first in ``message``; what was wrong and what would be right follows it, and stands
/// alone in ``recommendation``. Nothing secret is ever part of either.
package struct KMSError: Error, Sendable, Equatable {
    /// The HTTP status.
    package let status: Int
    package let code: String
    package let message: String
    /// What would be right; empty where the message says it all.
    package let recommendation: String
    /// For the log alone; never answered.
    package let cause: String?
    /// Milliseconds after which a throttled caller may try again.
    package let retryAfter: Int?

    package init(
        _ status: Int,
        _ code: String,
        _ message: String,
        explanation: String = "",
        cause: String? = nil,
        retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.message = explanation.isEmpty ? message : message + " " + explanation
        self.recommendation = explanation
        self.cause = cause
        self.retryAfter = retryAfter
    }
}
