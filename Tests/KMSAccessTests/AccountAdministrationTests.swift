import KMSAccess
import KMSCore
import KMSTestKit
import Testing

struct AccountAdministrationTests {
    private let store = InMemoryStore()
    private let one = AccountID("1001")!
    private let two = AccountID("1002")!

    private var administration: AccountAdministration {
        AccountAdministration(store: store, sealer: StubSealer(), time: ManualClock(Fixture.now))
    }

    private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

    @Test("a new account has a root access key whose secret signs requests")
    func createAndSign() async throws {
        let created = try await administration.createAccount(one)
        #expect(try await store.account(one) == Account(id: one, createdAt: Fixture.now))
        #expect(try await store.accessKeys(of: one) == [created.accessKey])
        #expect(created.accessKey.identity == .root)
        #expect(created.accessKey.isActive)

        let parameters = try SignatureV1.signed(
            Parameters(["Action": "DescribeRegions"]),
            method: "GET",
            accessKeyID: created.accessKey.id,
            key: SigningKey(secret: created.secret),
            nonce: "n",
            at: Fixture.now
        )
        let caller = try await authenticator().authenticate(.v1(parameters), at: Fixture.now).caller
        #expect(caller.account == one && caller.identity == .root && caller.accessKeyID == created.accessKey.id)
    }

    @Test("made-up ids and secrets have the documented lengths and alphabet and never repeat")
    func randomTexts() async throws {
        var ids: Set<String> = []
        var secrets: Set<String> = []
        for number in 1...200 {
            let created = try await administration.createAccount(AccountID("\(number)")!)
            let secret = String(decoding: created.secret.array, as: UTF8.self)
            #expect(created.accessKey.id.wholeMatch(of: /LTAI[0-9A-Za-z]{20}/) != nil)
            #expect(secret.wholeMatch(of: /[0-9A-Za-z]{30}/) != nil)
            ids.insert(created.accessKey.id)
            secrets.insert(secret)
        }
        #expect(ids.count == 200)
        #expect(secrets.count == 200)
        // 6,000 draws of 62 characters leave none out.
        #expect(Set(secrets.joined()).count == 62)
    }

    @Test("an account or access key that exists is not created again, and nothing is left behind")
    func existing() async throws {
        _ = try await administration.createAccount(one, accessKeyID: "first", secret: secret("a"))
        await #expect(throws: AccountError.accountExists(one)) {
            _ = try await administration.createAccount(one, accessKeyID: "second", secret: secret("b"))
        }
        await #expect(throws: AccountError.accessKeyExists("first")) {
            _ = try await administration.createAccount(two, accessKeyID: "first", secret: secret("b"))
        }
        #expect(try await store.account(two) == nil)
        #expect(try await store.accessKey("second") == nil)
    }

    @Test("ids and secrets that some client could not write are refused")
    func malformed() async throws {
        for id in ["", "a b", "a,b", "é", "STS.x", String(repeating: "a", count: 129), "a=b", "a\n"] {
            await #expect(throws: AccountError.malformedAccessKeyID) {
                _ = try await administration.createAccount(one, accessKeyID: id)
            }
            await #expect(throws: AccountError.malformedAccessKeyID) {
                try await administration.ensureAccount(one, accessKeyID: id, secret: secret("s"))
            }
        }
        for text in ["", "with space", "é", "a\n", String(repeating: "s", count: 129)] {
            await #expect(throws: AccountError.malformedSecret) {
                _ = try await administration.createAccount(one, secret: secret(text))
            }
        }
        #expect(try await store.accounts().isEmpty)
    }

    @Test("ensuring an account may be repeated and adds what is missing")
    func ensure() async throws {
        for _ in 1...3 { try await administration.ensureAccount(one, accessKeyID: "dev", secret: secret("s")) }
        try await administration.ensureAccount(one, accessKeyID: "more", secret: secret("t"))
        #expect(try await store.accessKeys(of: one).map(\.id) == ["dev", "more"])
        #expect(try await store.accounts().count == 1)
    }

    @Test("ensuring never replaces a secret or moves an access key")
    func ensureRefuses() async throws {
        try await administration.ensureAccount(one, accessKeyID: "dev", secret: secret("s"))
        let before = try await store.accessKey("dev")
        await #expect(throws: AccountError.secretDiffers("dev")) {
            try await administration.ensureAccount(one, accessKeyID: "dev", secret: secret("Zq9"))
        }
        await #expect(throws: AccountError.accessKeyOfAnotherAccount("dev")) {
            try await administration.ensureAccount(two, accessKeyID: "dev", secret: secret("s"))
        }
        #expect(try await store.accessKey("dev") == before)
        #expect(try await store.account(two) == nil)
        #expect(!AccountError.secretDiffers("dev").description.contains("Zq9"))
    }

    @Test("an account that does not exist gets no access key")
    func noAccount() async throws {
        await #expect(throws: AccountError.noAccount(one)) { _ = try await administration.createAccessKey(of: one) }
    }

    @Test("a store that fails is reported, and a request then gets 503")
    func failingStore() async throws {
        try await administration.ensureAccount(one, accessKeyID: "dev", secret: secret("s"))
        store.fail(with: .unavailable("disk"))
        await #expect(throws: AccountError.store(.unavailable("disk"))) {
            try await administration.ensureAccount(one, accessKeyID: "dev", secret: secret("s"))
        }
        let parameters = try SignatureV1.signed(
            Parameters([:]),
            method: "GET",
            accessKeyID: "dev",
            key: signingKey("s"),
            nonce: "n",
            at: Fixture.now
        )
        await #expect {
            _ = try await authenticator().authenticate(.v1(parameters), at: Fixture.now)
        } throws: {
            ($0 as? KMSError)?.status == 503
        }
    }

    private func authenticator() -> RequestAuthenticator {
        RequestAuthenticator(
            store: store,
            sealer: StubSealer(),
            policies: PolicyCache(),
            markKey: SecretBox(secret("mark key"))
        )
    }
}
