/// One secret that a cache and the requests under way hold together; wiped when the last of them lets go.
package final class SecretBox: Sendable {
    private let secret: SecretBytes

    package init(_ secret: consuming SecretBytes) {
        self.secret = secret
    }

    /// The length in bytes.
    package var byteCount: Int { secret.byteCount }

    /// Shows the bytes to `body`, and to nobody after it returns.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try secret.withBytes(body)
    }

    /// Lends the secret itself to `body`.
    package func with<R: ~Copyable, E: Error>(_ body: (borrowing SecretBytes) throws(E) -> R) throws(E) -> R {
        try body(secret)
    }
}
