package import KMSCore
internal import KMSCrypto

/// Import tokens that are authenticated under the root key.
package struct RootImportTokens: ImportTokens {
    private let ring: RootKeyRing

    package init(root: RootKeyRing) { ring = root }

    package func token(for identity: ImportPairIdentity) -> String {
        let claim = ImportTokenClaim(id: identity.id, expiresAt: identity.expiresAt)
        let head = ImportTokenText.head(claim)
        let code = Self.code(of: head, for: identity.key, in: identity.namespace, ring.generation.importTokenKey)
        return ImportTokenText(claim: claim, authenticationCode: code).text
    }

    package func claim(
        in token: ArraySlice<UInt8>,
        for key: KeyID,
        in namespace: Namespace
    ) -> ImportTokenClaim? {
        guard let token = ImportTokenText(parsing: token) else { return nil }
        let head = ImportTokenText.head(token.claim)
        for generation in ring.tokenGenerations {
            let code = Self.code(of: head, for: key, in: namespace, generation.importTokenKey)
            if unsafe constantTimeEquals(code.span.bytes, token.authenticationCode.span.bytes) { return token.claim }
        }
        return nil
    }

    /// Covers what the token says and, unsaid in it, whose key it is for; injective by the counts before the texts.
    private static func code(
        of head: [UInt8],
        for id: KeyID,
        in namespace: Namespace,
        _ key: SecretBox
    ) -> [UInt8] {
        let fields = [
            Array(namespace.account.description.utf8), Array(namespace.region.description.utf8), id.uuid.bytes,
        ]
        var message = head
        for field in fields {
            message.appendBigEndian(UInt32(field.count))
            message.append(contentsOf: field)
        }
        return key.withBytes { HMACSHA256.code(key: $0, message: message) }
    }
}

/// An import token, format version 1 (`Documentation/ImportTokens.md`): base64 of
/// `0x01 | token id (16) | expiry in seconds since 1970 (8) | authentication code (32)`.
///
/// What parses serialises to the very same text.
struct ImportTokenText: Equatable {
    let claim: ImportTokenClaim
    /// 32 bytes.
    let authenticationCode: [UInt8]

    static let formatVersion: UInt8 = 1
    static let byteCount = 1 + 16 + 8 + HMACSHA256.byteCount

    init(claim: ImportTokenClaim, authenticationCode: [UInt8]) {
        self.claim = claim
        self.authenticationCode = authenticationCode
    }

    /// The token in `text`, or nil for anything that this format does not describe.
    init?(parsing text: ArraySlice<UInt8>) {
        guard text.count == (Self.byteCount + 2) / 3 * 4, let bytes = Base64.decode(text) else { return nil }
        var reader = ByteReader(bytes)
        guard reader.byte() == Self.formatVersion, let id = reader.bytes(16).flatMap({ UUIDBytes(bytes: $0) }),
            let high = reader.uint32(), let low = reader.uint32(),
            let code = reader.bytes(HMACSHA256.byteCount), reader.isAtEnd
        else { return nil }
        let seconds = UInt64(high) << 32 | UInt64(low)
        // Nothing later is ever made; a later one would not fit a Timestamp.
        guard seconds <= UInt64(Limits.latestExpiry) else { return nil }
        claim = ImportTokenClaim(id: ImportTokenID(id), expiresAt: Timestamp(seconds: Int64(seconds)))
        authenticationCode = code
    }

    var text: String { Base64.encode(Self.head(claim) + authenticationCode) }

    /// All but the authentication code.
    static func head(_ claim: ImportTokenClaim) -> [UInt8] {
        var head = [formatVersion]
        claim.id.uuid.append(to: &head)
        head.appendBigEndian(UInt64(max(0, claim.expiresAt.seconds)))
        return head
    }
}
