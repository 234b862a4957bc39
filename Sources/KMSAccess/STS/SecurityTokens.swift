internal import KMSCore
internal import KMSCrypto
internal import Synchronization

/// Makes and opens the tokens of sessions (`Documentation/SecurityTokens.md`). No row stands behind one: what a session
/// is lies in the token, sealed under the root key.
///
/// Sessions that were used of late stay open, found by the SHA-256 of their token; their secrets are wiped when they
/// fall out.
final class SecurityTokens: Sendable {
    /// How the ids of temporary access keys begin.
    static let accessKeyPrefix = "STS."
    /// Characters of a token: any that is made here is shorter.
    static let limit = 16_384

    private let sealer: any Sealer
    private struct Opened {
        let session: OpenedSession
        /// Of the sealer, from before the session was opened.
        let revocations: UInt64
    }

    private let opened: Mutex<RecentlyUsed<[UInt8], Opened>>

    /// - Parameter capacity: the most sessions held open at once; one with a long policy counts for several.
    init(sealer: any Sealer, capacity: Int) {
        self.sealer = sealer
        opened = Mutex(RecentlyUsed(capacity: capacity) { $0.session.weight })
    }

    /// The text of a token for `record`.
    static func token(_ record: borrowing SessionRecord, sealedBy sealer: any Sealer) throws(KMSError) -> String {
        do { return Base64.encode(try sealer.seal(record.bytes, as: .securityToken)) } catch {
            throw error == .busy ? .busy : .unavailable("A security token cannot be sealed: \(error)")
        }
    }

    /// The session of a token that came with the access key `accessKeyID`.
    ///
    /// - Throws: the documented error for a token that does not open, is another key's, or has expired at `now`.
    func session(
        in token: ArraySlice<UInt8>,
        of accessKeyID: ArraySlice<UInt8>,
        at now: Timestamp
    ) throws(KMSError) -> OpenedSession {
        guard token.count <= Self.limit else { throw .securityTokenMalformed }
        let name = SHA256.digest(token.span.bytes)
        let known = opened.withLock { $0.value(of: name) }
        let session =
            if let known, known.revocations == sealer.sessionRevocations { known.session } else {
                try open(token, name)
            }
        let (digest, claimed) = (SHA256.digest(accessKeyID.span.bytes), session.claims.accessKeyDigest)
        guard constantTimeEquals(digest.span.bytes, claimed.span.bytes) else {
            throw .securityTokenMismatch
        }
        guard now < session.claims.expiresAt else {
            opened.withLock { $0.remove(name) }
            throw .securityTokenExpired
        }
        return session
    }

    private func open(_ token: ArraySlice<UInt8>, _ name: [UInt8]) throws(KMSError) -> OpenedSession {
        guard let sealed = Base64.decode(token) else { throw .securityTokenMalformed }
        let revocations = sealer.sessionRevocations
        let session: OpenedSession
        do throws(VaultError) {
            let bytes = try sealer.open(sealed, as: .securityToken)
            guard let read = bytes.withBytes({ Self.session(in: $0) }) else { throw .refused }
            session = read
        } catch {
            opened.withLock { $0.remove(name) }
            throw switch error {
            case .refused: .securityTokenMalformed
            case .busy: .busy
            case .unavailable(let reason): .unavailable(reason)
            }
        }
        opened.withLock { $0.insert(Opened(session: session, revocations: revocations), for: name) }
        return session
    }

    /// Nil as well where the policy is none that this server understands: then nothing may be allowed.
    private static func session(in bytes: RawSpan) -> OpenedSession? {
        guard let record = SessionRecord.parsing(bytes) else { return nil }
        return try? OpenedSession(record)
    }
}
