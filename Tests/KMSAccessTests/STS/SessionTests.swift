import KMSCore
import KMSTestKit
import Testing

@testable import KMSAccess

@Suite("Sessions")
struct SessionTests {
    private struct Scene {
        var bench: AccessBench
        let alice: Signer
        let role: Role
        let session: Signer
    }

    private func scene(policy: String? = nil, duration: String = "3600") async throws -> Scene {
        let bench = try await AccessBench()
        let mayAssume = AccessBench.document("Allow", "sts:AssumeRole", "*")
        let (_, alice) = try await bench.addUser("alice", policies: [mayAssume])
        let role = try await bench.addRole(
            "reader",
            trusting: AccessBench.trust("acs:ram::1:root"),
            policies: [AccessBench.document("Allow", "kms:*", "*")]
        )
        let answer =
            if let policy {
                try await bench.assume(role, as: alice, ["DurationSeconds": duration, "Policy": policy])
            } else { try await bench.assume(role, as: alice, ["DurationSeconds": duration]) }
        return Scene(bench: bench, alice: alice, role: role, session: Signer(answer))
    }

    // MARK: Tokens

    @Test("a token that is missing, broken, another key's or a permanent key's", arguments: Signer.Scheme.allCases)
    func tokens(scheme: Signer.Scheme) async throws {
        let scene = try await scene()
        let (bench, session) = (scene.bench, scene.session)
        func refusal(_ change: (inout Signer) -> Void) async throws -> String? {
            var signer = session
            change(&signer)
            return try await bench.refusal(signer, scheme)
        }
        #expect(try await refusal { _ in } == nil)
        #expect(try await refusal { $0.token = nil } == "MissingSecurityToken")
        #expect(try await refusal { $0.token = "" } == "MissingSecurityToken")
        let malformed = "InvalidSecurityToken.Malformed"
        let token = try #require(session.token)
        for broken in [
            "token", token + "=", String(token.dropLast(4)), "B" + token.dropFirst(), token.lowercased(),
            String(repeating: "A", count: 16_385),
        ] {
            #expect(try await refusal { $0.token = broken } == malformed)
        }
        let other = Signer(try await bench.assume(scene.role, as: scene.alice))
        let mismatch = "InvalidSecurityToken.MismatchWithAccessKey"
        #expect(try await refusal { $0.token = other.token } == mismatch)
        #expect(try await refusal { $0.id = other.id } == mismatch)
        #expect(try await refusal { $0.id = "STS.made-up" } == mismatch)
        #expect(
            try await refusal { $0 = Signer(id: scene.alice.id, secret: scene.alice.secret, token: token) } == mismatch
        )
        #expect(try await refusal { $0.secret = other.secret } == "SignatureDoesNotMatch")
        // The key is looked for before its token.
        #expect(try await refusal { $0.id = "LTAInobody" } == "InvalidAccessKeyId.NotFound")
        // What failed has not spoiled what works.
        #expect(try await refusal { _ in } == nil)
    }

    @Test("the token is judged before the signature")
    func order() async throws {
        let scene = try await scene()
        var signer = scene.session
        signer.secret = "wrong"
        #expect(try await scene.bench.refusal(signer) == "SignatureDoesNotMatch")
        signer.token = "broken"
        #expect(try await scene.bench.refusal(signer) == "InvalidSecurityToken.Malformed")
    }

    @Test("a changed token is refused at every byte")
    func everyByte() async throws {
        let scene = try await scene(policy: AccessBench.all)
        let token = try #require(scene.session.token)
        let sealed = try #require(Base64.decode(Array(token.utf8)[...]))
        for position in sealed.indices {
            var changed = sealed
            changed[position] ^= 1 << UInt8(position % 8)
            var signer = scene.session
            signer.token = Base64.encode(changed)
            #expect(try await scene.bench.refusal(signer) == "InvalidSecurityToken.Malformed", "byte \(position)")
        }
    }

    @Test("another server's token is malformed here, and a restarted server takes its own")
    func servers() async throws {
        var scene = try await scene()
        scene.bench.restart()
        #expect(try await scene.bench.refusal(scene.session) == nil)
        try scene.bench.changeRoot()
        #expect(try await scene.bench.refusal(scene.session) == "InvalidSecurityToken.Malformed")
    }

    @Test("a record sealed for another purpose is no token")
    func purposes() async throws {
        let scene = try await scene()
        let found = try await scene.bench.store.accessKey(scene.alice.id)
        let key = try #require(found)
        var signer = scene.session
        for relabelled in [key.sealedSecret[1], 6] {
            var record = key.sealedSecret
            record[1] = relabelled
            signer.token = Base64.encode(record)
            #expect(try await scene.bench.refusal(signer) == "InvalidSecurityToken.Malformed")
        }
    }

    @Test("a session is over on the second", arguments: [false, true])
    func expiry(isWarm: Bool) async throws {
        let scene = try await scene(duration: "900")
        let bench = scene.bench
        if isWarm { #expect(try await bench.refusal(scene.session) == nil) }
        bench.clock.set(Timestamp(microseconds: Fixture.now.adding(seconds: 900).microseconds - 1))
        #expect(try await bench.refusal(scene.session) == nil)
        bench.clock.set(Fixture.now.adding(seconds: 900))
        #expect(try await bench.refusal(scene.session) == "InvalidSecurityToken.Expired")
        bench.clock.advance(seconds: 86_400)
        #expect(try await bench.refusal(scene.session) == "InvalidSecurityToken.Expired")
    }

    @Test("a warm session opens nothing")
    func warm() async throws {
        let scene = try await scene(policy: AccessBench.all)
        #expect(try await scene.bench.refusal(scene.session) == nil)
        let opened = scene.bench.sealer.openCount
        for _ in 0..<5 { #expect(try await scene.bench.refusal(scene.session) == nil) }
        #expect(scene.bench.sealer.openCount == opened)
    }

    @Test("opened sessions are bounded in number; what fell out is opened again")
    func bounded() async throws {
        let scene = try await scene()
        let bench = scene.bench
        var sessions: [Signer] = []
        for _ in 0..<150 { sessions.append(Signer(try await bench.assume(scene.role, as: scene.alice))) }
        for session in sessions { #expect(try await bench.refusal(session) == nil) }
        let opened = bench.sealer.openCount
        #expect(try await bench.refusal(sessions[149]) == nil)
        #expect(bench.sealer.openCount == opened)
        #expect(try await bench.refusal(sessions[0]) == nil)
        #expect(bench.sealer.openCount == opened + 1)
    }

    @Test("sessions with long policies count for several of those that are kept open")
    func weights() async throws {
        let scene = try await scene()
        let bench = scene.bench
        let actions = Array(repeating: #""*""#, count: 300).joined(separator: ",")
        let policy = #"{"Version":"1","Statement":[{"Effect":"Allow","Action":[\#(actions)],"Resource":"*"}]}"#
        var sessions: [Signer] = []
        for _ in 0..<40 {
            sessions.append(Signer(try await bench.assume(scene.role, as: scene.alice, ["Policy": policy])))
        }
        for session in sessions { #expect(try await bench.refusal(session) == nil) }
        let opened = bench.sealer.openCount
        #expect(try await bench.refusal(sessions[39]) == nil)
        #expect(bench.sealer.openCount == opened)
        // Of sessions without a policy a hundred are kept.
        #expect(try await bench.refusal(sessions[0]) == nil)
        #expect(bench.sealer.openCount == opened + 1)
    }

    // MARK: How sessions end

    @Test("sessions end with their role, also where another takes its name")
    func roleDeleted() async throws {
        let scene = try await scene()
        let (bench, role) = (scene.bench, scene.role)
        #expect(try await bench.refusal(scene.session) == nil)
        for attachment in try await bench.store.attachments(of: .role(role.id), in: role.account) {
            try await bench.apply(.detach(attachment.policy, from: .role(role.id), in: role.account))
        }
        try await bench.apply(.deleteRole(role))
        #expect(try await bench.refusal(scene.session) == "InvalidSecurityToken.Expired")
        let again = try await bench.addRole("reader", trusting: role.trustPolicy, policies: [AccessBench.all])
        #expect(try await bench.refusal(scene.session) == "InvalidSecurityToken.Expired")
        #expect(try await bench.refusal(Signer(try await bench.assume(again, as: scene.alice))) == nil)
    }

    @Test("sessions end where their role is changed, and new ones begin")
    func roleChanged() async throws {
        let scene = try await scene()
        let bench = scene.bench
        #expect(try await bench.refusal(scene.session) == nil)
        let changed = scene.role.changed(at: Fixture.now) {
            $0.trustPolicy = AccessBench.trust("acs:ram::1:user/alice")
        }
        try await bench.apply(.updateRole(from: scene.role, to: changed))
        #expect(try await bench.refusal(scene.session) == "InvalidSecurityToken.Expired")
        #expect(try await bench.refusal(Signer(try await bench.assume(changed, as: scene.alice))) == nil)
    }

    @Test("what the role may is asked anew with every request")
    func rolePolicies() async throws {
        let scene = try await scene()
        let (bench, role) = (scene.bench, scene.role)
        #expect(try await bench.decision(scene.session, "kms:Encrypt").isAllowed)
        let attached = try await bench.store.attachments(of: .role(role.id), in: role.account)
        try await bench.apply(.detach(attached[0].policy, from: .role(role.id), in: role.account))
        #expect(try await bench.decision(scene.session, "kms:Encrypt") == .notAllowed)
        _ = try await bench.attach(AccessBench.all, to: .role(role.id))
        #expect(try await bench.decision(scene.session, "ram:ListUsers").isAllowed)
    }

    @Test("a session outlives the user who began it: only the role ends it")
    func beginnerGone() async throws {
        let scene = try await scene()
        let found = try await scene.bench.store.accessKey(scene.alice.id)
        let key = try #require(found)
        try await scene.bench.apply(.deleteAccessKey(key.id, of: key.identity, in: key.account))
        #expect(try await scene.bench.refusal(scene.session) == nil)
    }

    // MARK: Session policies

    @Test("a session policy takes away and gives nothing")
    func narrowing() async throws {
        let policy = """
            {"Version":"1","Statement":[
              {"Effect":"Allow","Action":["kms:Encrypt","ram:CreateUser"],"Resource":"*"},
              {"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}]}
            """
        let scene = try await scene(policy: policy)
        func decision(_ action: String) async throws -> Decision {
            try await scene.bench.decision(scene.session, action)
        }
        #expect(try await decision("kms:Encrypt").isAllowed)
        #expect(try await decision("kms:GenerateDataKey") == .notAllowedBySession)
        #expect(try await decision("ram:CreateUser") == .notAllowed)
        let denial = StatementName(policy: "session policy", version: "v1", index: 2)
        #expect(try await decision("kms:Decrypt") == .denied(by: denial))
    }

    @Test("whatever a session with any policy may, its role may")
    func subset() async throws {
        let scene = try await scene()
        let (bench, role) = (scene.bench, scene.role)
        for attachment in try await bench.store.attachments(of: .role(role.id), in: role.account) {
            try await bench.apply(.detach(attachment.policy, from: .role(role.id), in: role.account))
        }
        var random = SeededGenerator(seed: 11)
        let actions = ["kms:Encrypt", "kms:Decrypt", "kms:*", "*", "ram:*", "kms:?ncrypt"]
        let resources = ["*", "acs:kms:*:*:key/*", AccessBench.key, "acs:kms:*:2:*"]
        func document() -> String {
            let statements = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                #"{"Effect":"\#(Bool.random(using: &random) ? "Allow" : "Deny")","#
                    + #""Action":"\#(actions.randomElement(using: &random)!)","#
                    + #""Resource":"\#(resources.randomElement(using: &random)!)"}"#
            }
            return #"{"Version":"1","Statement":[\#(statements.joined(separator: ","))]}"#
        }
        var narrowed = 0
        var allowed = 0
        for _ in 0..<60 {
            let policy = try await bench.attach(document(), to: .role(role.id))
            let whole = Signer(try await bench.assume(role, as: scene.alice))
            let part = Signer(try await bench.assume(role, as: scene.alice, ["Policy": document()]))
            for action in ["kms:Encrypt", "kms:Decrypt", "ram:CreateUser"] {
                let byRole = try await bench.decision(whole, action).isAllowed
                let bySession = try await bench.decision(part, action).isAllowed
                if bySession { #expect(byRole) }
                if bySession { allowed += 1 } else if byRole { narrowed += 1 }
            }
            try await bench.apply(.detach(policy.reference, from: .role(role.id), in: role.account))
        }
        // Both happened, or the test shows nothing.
        #expect(allowed > 0 && narrowed > 0)
    }

    // MARK: Replay

    @Test("nonces of sessions are marked as any others: per temporary key, across schemes")
    func marks() async throws {
        let scene = try await scene()
        let bench = scene.bench
        func mark(_ signer: Signer, _ scheme: Signer.Scheme = .v1, nonce: String = "n") async throws -> ReplayMark {
            let request = try signer.request(scheme, nonce: nonce, at: bench.clock.now())
            return try await bench.authenticator.authenticate(request, at: bench.clock.now()).mark
        }
        let first = try await mark(scene.session)
        #expect(first.account == AccessBench.owner)
        #expect(try await mark(scene.session, .v3) == first)
        #expect(try await mark(scene.session, nonce: "m") != first)
        let other = Signer(try await bench.assume(scene.role, as: scene.alice))
        #expect(try await mark(other) != first)
        #expect(try await mark(scene.alice) != first)
        let guarding = NonceStore()
        #expect(guarding.claim(first, at: bench.clock.now()) == .fresh)
        #expect(guarding.claim(first, at: bench.clock.now()) == .used)
    }

    @Test("under V3 the token's header must be signed and agree with the key")
    func signedHeader() async throws {
        let scene = try await scene()
        let request = try scene.session.request(.v3, at: Fixture.now)
        func refusal(_ headers: [(name: String, value: String)]) async throws -> String? {
            let changed = SignedRequest(
                method: request.method,
                parameters: request.parameters,
                queryCount: request.queryCount,
                headers: headers,
                body: request.body,
                region: request.region,
                isRegionNamed: false
            )
            do {
                _ = try await scene.bench.authenticator.authenticate(changed, at: Fixture.now)
                return nil
            } catch { return error.code }
        }
        #expect(try await refusal(request.headers) == nil)
        let unsigned = request.headers.map { header in
            header.name == "authorization"
                ? (name: header.name, value: header.value.replacing("x-acs-security-token;", with: "")) : header
        }
        #expect(try await refusal(unsigned) == "IncompleteSignature")
        let foreign = request.headers.map { $0.name == "x-acs-accesskey-id" ? (name: $0.name, value: "STS.x") : $0 }
        #expect(try await refusal(foreign) == "IncompleteSignature")
    }
}
