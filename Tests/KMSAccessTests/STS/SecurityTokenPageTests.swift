import KMSCore
import KMSProtection
import KMSTestKit
import Testing

@testable import KMSAccess

@Suite("SecurityTokens.md")
struct SecurityTokenPageTests {
    private let claims = SessionClaims(
        accessKeyDigest: [],
        expiresAt: Timestamp(seconds: 1_767_229_200),
        account: AccountID("1000000000000001")!,
        role: RoleID("300000000000000001")!,
        roleRevision: 3,
        session: SessionName("nightly-backup")!,
        service: SessionClaims.ActingService(
            code: ServiceCode("OSS")!,
            registeredAt: Timestamp(microseconds: 1_764_547_200_000_000)
        ),
        policy: #"{"Version":"1","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}"#
    )

    @Test("a server with the example's root opens the example's token")
    func example() throws {
        let page = try WorkedExample(page: "SecurityTokens.md")
        let root = try RootKeyRing(RootKey(generation: 1, secret: try page.secret("root")))
        let tokens = SecurityTokens(sealer: RootSealer(root: root), capacity: 2)
        let token = Base64.characters(of: try page("token"))
        let id = try page("access key id, as hexadecimal")
        let session = try tokens.session(in: token[...], of: id[...], at: Timestamp(seconds: 1_767_229_199))
        #expect(Self.withoutDigest(session.claims) == claims)
        do {
            _ = try tokens.session(in: token[...], of: id[...], at: Timestamp(seconds: 1_767_229_200))
            Issue.record("must be refused")
        } catch { #expect(error == .securityTokenExpired) }
    }

    @Test("the example's content is what is written of these claims")
    func content() throws {
        let page = try WorkedExample(page: "SecurityTokens.md")
        let content = try page("content")
        guard let read = SessionRecord.parsing(content.span.bytes) else {
            Issue.record("must parse")
            return
        }
        let (secret, bytes) = (read.secret.array, read.bytes.array)
        #expect(secret == Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh".utf8))
        #expect(Self.withoutDigest(read.claims) == claims)
        #expect(bytes == content)
    }

    private static func withoutDigest(_ claims: SessionClaims) -> SessionClaims {
        SessionClaims(
            accessKeyDigest: [],
            expiresAt: claims.expiresAt,
            account: claims.account,
            role: claims.role,
            roleRevision: claims.roleRevision,
            session: claims.session,
            service: claims.service,
            policy: claims.policy
        )
    }
}
