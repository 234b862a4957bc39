/// The audit records that were committed together with their changes, until the trail has them too.
package protocol AuditOutbox: Sendable {
    /// The lines (``AuditRecord/line``, without a newline) of changes whose record was not yet acknowledged, oldest
    /// first: after a crash, what the trail may lack.
    func unacknowledgedAuditLines() async throws(StoreError) -> [(requestID: UUIDBytes, line: [UInt8])]
    /// Says that the trail has the record of this request. Does not suspend; the store forgets the record with one
    /// of its next changes.
    func acknowledgeAudit(of requestID: UUIDBytes)
}

/// Hears of every request when it is answered; feeds metrics and the log.
package protocol Observer: Sendable {
    /// `record` is what the trail holds; `error` is what was answered, with its cause. Does not suspend.
    func completed(_ record: AuditRecord, error: KMSError?)
}
