/// A key that is in the token now: in use, or kept for the next use. The token's copy is destroyed when the last user
/// lets go of it, and not before.
final class TokenKey: Sendable {
    /// From which it is opened again in another connection.
    let blob: TokenBlob
    let handle: UInt
    let connection: PKCS11Connection

    init(_ blob: TokenBlob, handle: UInt, in connection: PKCS11Connection) {
        self.blob = blob
        self.handle = handle
        self.connection = connection
    }

    deinit { connection.discard(handle) }
}
