internal import KMSCore

/// What a security token says of its session.
struct SessionClaims: Equatable, Sendable {
    /// SHA-256 of the id of the temporary access key, 32 bytes: the token serves with that key alone.
    let accessKeyDigest: [UInt8]
    /// From this second on the session is over.
    let expiresAt: Timestamp
    /// The role's account, in which the session acts.
    let account: AccountID
    let role: RoleID
    /// ``Role/revision`` when the role was assumed.
    let roleRevision: Int64
    let session: SessionName
    /// The cloud service that assumed the role; nil for everybody else.
    let service: ActingService?
    /// The session policy as it was given; nil for none.
    let policy: String?

    /// A service as it was registered when the session began: registered anew under its code, it is another one.
    struct ActingService: Equatable, Sendable {
        let code: ServiceCode
        /// ``RegisteredService/createdAt``
        let registeredAt: Timestamp
    }
}

/// The content of a security token, format version 1 (`Documentation/SecurityTokens.md`). It is sealed as it stands.
///
/// What parses serialises to the very same bytes.
struct SessionRecord: ~Copyable, Sendable {
    let claims: SessionClaims
    /// What the temporary access key signs with.
    let secret: SecretBytes

    static let formatVersion: UInt8 = 1
    static let digestByteCount = 32

    init(claims: SessionClaims, secret: consuming SecretBytes) {
        self.claims = claims
        self.secret = secret
    }

    /// Gives the secret away to whoever made the record.
    consuming func takeSecret() -> SecretBytes { secret }

    /// The record's bytes, the secret among them.
    var bytes: SecretBytes {
        var head: [UInt8] = [Self.formatVersion]
        head.append(contentsOf: claims.accessKeyDigest)
        head.appendBigEndian(UInt64(max(0, claims.expiresAt.seconds)))
        head.appendBigEndian(UInt64(max(0, claims.roleRevision)))
        head.appendBigEndian(UInt64(max(0, claims.service?.registeredAt.microseconds ?? 0)))
        let texts = [
            claims.account.description, claims.role.description, claims.session.description,
            claims.service?.code.description ?? "", claims.policy ?? "",
        ]
        for text in texts {
            head.appendBigEndian(UInt32(text.utf8.count))
            head.append(contentsOf: text.utf8)
        }
        return secret.withBytes { secret in
            SecretBytes(byteCount: head.count + secret.byteCount) { output in
                for byte in head { output.append(byte) }
                for offset in secret.byteOffsets {
                    output.append(secret.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
                }
            }
        }
    }

    /// The record in `bytes`, or nil for anything that this format does not describe.
    static func parsing(_ bytes: RawSpan) -> SessionRecord? {
        var reader = Reader()
        guard reader.integer(1, in: bytes) == UInt64(formatVersion),
            let digest = reader.range(digestByteCount, in: bytes),
            // Nothing later is ever made; a later one would not fit a Timestamp.
            let seconds = reader.integer(8, in: bytes), seconds <= UInt64(Limits.latestExpiry),
            let revision = reader.integer(8, in: bytes), revision <= UInt64(Int64.max),
            let registration = reader.integer(8, in: bytes), registration <= UInt64(Int64.max),
            let account = reader.text(in: bytes).flatMap({ AccountID($0) }),
            let role = reader.text(in: bytes).flatMap({ RoleID($0) }),
            let session = reader.text(in: bytes).flatMap({ SessionName($0) }),
            let service = reader.text(in: bytes), service.isEmpty ? registration == 0 : ServiceCode(service) != nil,
            let policy = reader.text(in: bytes),
            reader.position < bytes.byteCount
        else { return nil }
        let claims = SessionClaims(
            accessKeyDigest: bytes.array(digest),
            expiresAt: Timestamp(seconds: Int64(seconds)),
            account: account,
            role: role,
            roleRevision: Int64(revision),
            session: session,
            service: ServiceCode(service).map {
                SessionClaims.ActingService(code: $0, registeredAt: Timestamp(microseconds: Int64(registration)))
            },
            policy: policy.isEmpty ? nil : policy
        )
        let secret = SecretBytes(copying: bytes.extracting(reader.position..<bytes.byteCount))
        return SessionRecord(claims: claims, secret: secret)
    }
}

/// A place in bytes that is moved on from front to back and never past their end.
private struct Reader {
    private(set) var position = 0

    mutating func range(_ count: Int, in bytes: RawSpan) -> Range<Int>? {
        guard count <= bytes.byteCount - position else { return nil }
        defer { position += count }
        return position..<position + count
    }

    /// A big-endian number of 1 to 8 bytes.
    mutating func integer(_ count: Int, in bytes: RawSpan) -> UInt64? {
        guard let range = range(count, in: bytes) else { return nil }
        return bytes.array(range).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A text after its count of four bytes.
    mutating func text(in bytes: RawSpan) -> String? {
        guard let count = integer(4, in: bytes), let range = range(Int(count), in: bytes) else { return nil }
        return String(validating: bytes.array(range), as: UTF8.self)
    }
}

extension RawSpan {
    /// A copy of bytes that are no secret.
    fileprivate func array(_ range: Range<Int>) -> [UInt8] {
        range.map { unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
}
