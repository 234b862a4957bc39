/// Finds out who signed a request.
package protocol Authenticator: Sendable {
    /// The caller whose secret signed the request, with the mark that its nonce leaves.
    ///
    /// Does not suspend when the access key is warm. The nonce is not claimed here: ``ReplayGuard`` does that.
    /// - Throws: the documented error for an absent or unknown access key, a request too old or too new, and a
    ///   signature that does not match.
    func authenticate(_ request: SignedRequest, at now: Timestamp) async throws(KMSError) -> Authenticated
}

/// A caller who proved to hold the secret of an access key.
package struct Authenticated: Sendable {
    package let caller: Caller
    package let mark: ReplayMark

    package init(caller: Caller, mark: ReplayMark) {
        self.caller = caller
        self.mark = mark
    }
}
