/// Where audit records go before the answer leaves.
package protocol AuditLog: Sendable {
    /// Tries to make a trail that failed writable again; does nothing where it did not fail. Does not suspend.
    func prepare() throws(AuditError)
    /// Hands the record to the operating system. Does not suspend.
    func write(_ record: AuditRecord) throws(AuditError)
    /// Whether answers wait for ``sync()``.
    var isSynced: Bool { get }
    /// Returns when the disk has what was written before the call.
    func sync() async throws(AuditError)
}

extension AuditLog {
    package var isSynced: Bool { false }
    package func sync() async throws(AuditError) {}
}

/// The trail could not be written; the service then refuses work. The text is for the log.
package struct AuditError: Error, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
