/// Carries a request to the server, once.
protocol Transport: Sendable {
    /// - Throws: ``Failure/unreachable(_:)`` where no answer came.
    func send(_ call: OutgoingCall) async throws(Failure) -> Reply
}

/// What the server answered.
struct Reply: Sendable {
    let status: Int
    let body: [UInt8]

    var isSuccess: Bool { (200..<300).contains(status) }
}
