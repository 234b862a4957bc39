import KMSCore
import KMSTestKit
import Testing

@testable import KMSAccess

@Suite("AssumeRole")
struct AssumeRoleTests {
    private static let mayAssume = AccessBench.document("Allow", "sts:AssumeRole", "*")
    private static let trust = AccessBench.trust("acs:ram::1:root")

    @Test("the answer names the session and gives credentials that work", arguments: Signer.Scheme.allCases)
    func answer(scheme: Signer.Scheme) async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let role = try await bench.addRole("reader", trusting: Self.trust, policies: [AccessBench.all])
        let answer = try await bench.assume(
            role,
            as: alice,
            ["RoleSessionName": "a.B@c_d-1", "DurationSeconds": "900"]
        )
        #expect(answer.accessKeyID.hasPrefix("STS."))
        #expect(answer.accessKeyID.utf8.count == 24)
        #expect(answer.expiration == Fixture.now.adding(seconds: 900))
        #expect(answer.expiration.description == "2026-11-24T02:43:13Z")
        #expect(answer.secret.byteCount == 44)

        let caller = try await bench.caller(Signer(answer), scheme)
        #expect(caller.account == AccessBench.owner)
        #expect(caller.identity == .session(role.id, session: "a.B@c_d-1"))
        #expect(caller.principal == "role/reader/a.B@c_d-1")
        #expect(caller.accessKeyID == answer.accessKeyID)
        #expect(caller.service == nil)
        #expect(try await bench.decision(Signer(answer), "kms:Encrypt").isAllowed)
    }

    @Test("no two answers share an id, a secret or a token")
    func fresh() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let role = try await bench.addRole("reader", trusting: Self.trust)
        var seen: Set<String> = []
        for _ in 0..<20 {
            let signer = Signer(try await bench.assume(role, as: alice))
            seen.formUnion([signer.id, signer.secret, signer.token ?? ""])
        }
        #expect(seen.count == 60)
    }

    // MARK: Parameters

    @Test(
        "parameters of a wrong form have the codes of the manual",
        arguments: [
            ("RoleArn", "", "MissingRoleArn"), ("RoleArn", "reader", "InvalidParameter.RoleArn"),
            ("RoleArn", "acs:ram::1:user/reader", "InvalidParameter.RoleArn"),
            ("RoleArn", "acs:ram:cn-hangzhou:1:role/reader", "InvalidParameter.RoleArn"),
            ("RoleArn", "acs:ram::1:role/reader/x", "InvalidParameter.RoleArn"),
            ("RoleArn", "acs:ram::1:role/", "InvalidParameter.RoleArn"),
            ("RoleArn", "acs:ram::a:role/reader", "InvalidParameter.RoleArn"),
            ("RoleArn", "acs:ram::1:role/re\u{0301}ader", "InvalidParameter.RoleArn"),
            ("RoleArn", "acs:ram::1:role/reader\u{301}", "InvalidParameter.RoleArn"),
            ("RoleArn", "acs:ram::1:role/*", "InvalidParameter.RoleArn"),
            ("RoleSessionName", "", "MissingRoleSessionName"),
            ("RoleSessionName", "a", "InvalidParameter.RoleSessionName"),
            ("RoleSessionName", "a/b", "InvalidParameter.RoleSessionName"),
            ("RoleSessionName", "a b", "InvalidParameter.RoleSessionName"),
            ("RoleSessionName", "\u{E9}\u{E9}", "InvalidParameter.RoleSessionName"),
            ("RoleSessionName", String(repeating: "a", count: 65), "InvalidParameter.RoleSessionName"),
            ("DurationSeconds", "899", "InvalidParameter.DurationSeconds"),
            ("DurationSeconds", "43201", "InvalidParameter.DurationSeconds"),
            ("DurationSeconds", "1h", "InvalidParameter.DurationSeconds"),
            ("DurationSeconds", "-900", "InvalidParameter.DurationSeconds"),
            ("DurationSeconds", "99999999999999999999", "InvalidParameter.DurationSeconds"),
            ("Policy", "", "InvalidParameter.PolicyGrammar"),
            ("Policy", "{}", "InvalidParameter.PolicyGrammar"),
            ("Policy", "nonsense", "InvalidParameter.PolicyGrammar"),
            (
                "Policy", #"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*"}]}"#,
                "InvalidParameter.PolicyGrammar"
            ),
            ("Policy", String(repeating: " ", count: 2_049), "InvalidParameter.PolicySize"),
            ("ExternalId", "a", "InvalidParameter.ExternalId"), ("ExternalId", "a b", "InvalidParameter.ExternalId"),
            ("ExternalId", "a\u{E9}", "InvalidParameter.ExternalId"),
            ("ExternalId", String(repeating: "a", count: 1_225), "InvalidParameter.ExternalId"),
        ]
    )
    func parameters(name: String, value: String, code: String) throws {
        var pairs = [("RoleArn", "acs:ram::1:role/reader"), ("RoleSessionName", "session")].filter { $0.0 != name }
        pairs.append((name, value))
        var parameters = AccessParameters(Parameters(pairs.map { (key: $0.0, value: $0.1) }))
        do {
            _ = try AssumeRole.reading(&parameters)
            Issue.record("must be refused")
        } catch {
            #expect(error.code == code)
            #expect(error.status == 400)
        }
    }

    @Test("the longest and the shortest that are permitted pass")
    func limits() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let role = try await bench.addRole("reader", trusting: Self.trust, maximumDuration: 43_200)
        let policy = AccessBench.all + String(repeating: " ", count: 2_048 - AccessBench.all.utf8.count)
        let long = try await bench.assume(
            role,
            as: alice,
            [
                "RoleSessionName": String(repeating: "s", count: 64), "DurationSeconds": "43200", "Policy": policy,
                "ExternalId": String(repeating: "=", count: 1_224),
            ]
        )
        #expect(try await bench.refusal(Signer(long)) == nil)
        #expect(long.token.utf8.count < SecurityTokens.limit)
        let short = try await bench.assume(role, as: alice, ["RoleSessionName": "ab", "ExternalId": "--"])
        #expect(try await bench.refusal(Signer(short)) == nil)
    }

    @Test("the largest policy in characters of four bytes still makes a token that is taken back")
    func wideCharacters() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let role = try await bench.addRole("reader", trusting: Self.trust)
        let filled = AccessBench.document("Allow", "*", "*")
        let name = String(repeating: "\u{1F511}", count: 2_048 - filled.unicodeScalars.count)
        let policy = AccessBench.document("Allow", "*", "*" + name)
        #expect(policy.unicodeScalars.count == 2_048)
        let answer = try await bench.assume(role, as: alice, ["Policy": policy])
        #expect(answer.token.utf8.count < SecurityTokens.limit)
        #expect(try await bench.refusal(Signer(answer)) == nil)
    }

    // MARK: Durations

    @Test("a session lasts an hour unless said otherwise, and no longer than the role permits")
    func durations() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let role = try await bench.addRole("reader", trusting: Self.trust, maximumDuration: 7_200)
        #expect(try await bench.assume(role, as: alice).expiration == Fixture.now.adding(seconds: 3_600))
        let longest = try await bench.assume(role, as: alice, ["DurationSeconds": "7200"])
        #expect(longest.expiration == Fixture.now.adding(seconds: 7_200))
        let beyond = try await bench.assumeRefusal(role, as: alice, ["DurationSeconds": "7201"])
        #expect(beyond == "InvalidParameter.DurationSeconds")
    }

    @Test("a session that assumes a role gets an hour at most")
    func chain() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let first = try await bench.addRole("first", trusting: Self.trust, policies: [Self.mayAssume])
        let second = try await bench.addRole(
            "second",
            trusting: AccessBench.trust("acs:ram::1:role/first"),
            maximumDuration: 43_200
        )
        let session = Signer(try await bench.assume(first, as: alice))
        #expect(try await bench.assumeRefusal(second, as: alice) == "NoPermission")
        let next = try await bench.assume(second, as: session, ["DurationSeconds": "3600"])
        #expect(try await bench.caller(Signer(next)).principal == "role/second/session")
        let beyond = try await bench.assumeRefusal(second, as: session, ["DurationSeconds": "3601"])
        #expect(beyond == "InvalidParameter.DurationSeconds")
    }

    @Test("no session in a chain outlives the first, however long the chain and whatever the roles permit")
    func endOfChain() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let role = try await bench.addRole(
            "reader",
            trusting: Self.trust,
            policies: [Self.mayAssume],
            maximumDuration: 43_200
        )
        let end = Fixture.now.adding(seconds: 1_800)
        var session = try await bench.assume(role, as: alice, ["DurationSeconds": "1800"])
        for _ in 0..<3 {
            bench.clock.advance(seconds: 500)
            session = try await bench.assume(role, as: Signer(session), ["DurationSeconds": "3600"])
            #expect(session.expiration == end)
        }
        bench.clock.set(Timestamp(microseconds: end.microseconds - 1))
        #expect(try await bench.refusal(Signer(session)) == nil)
        bench.clock.set(end)
        #expect(try await bench.refusal(Signer(session)) == "InvalidSecurityToken.Expired")
    }

    @Test("a session of a chain may end before the one that began it")
    func shorterLink() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let role = try await bench.addRole("reader", trusting: Self.trust, policies: [Self.mayAssume])
        let session = Signer(try await bench.assume(role, as: alice))
        let next = try await bench.assume(role, as: session, ["DurationSeconds": "900"])
        #expect(next.expiration == Fixture.now.adding(seconds: 900))
    }

    // MARK: Permission and trust

    @Test("both the caller's policies and the role's trust are needed")
    func both() async throws {
        let bench = try await AccessBench()
        let (_, may) = try await bench.addUser("may", policies: [Self.mayAssume])
        let (_, mayNot) = try await bench.addUser("may-not", policies: [AccessBench.document("Allow", "kms:*", "*")])
        let (_, denied) = try await bench.addUser(
            "denied",
            policies: [AccessBench.all, AccessBench.document("Deny", "sts:*", "acs:ram::1:role/reader")]
        )
        let open = try await bench.addRole("reader", trusting: Self.trust)
        let shut = try await bench.addRole("shut", trusting: AccessBench.trust("acs:ram::1:user/somebody"))
        #expect(try await bench.assumeRefusal(open, as: may) == nil)
        #expect(try await bench.assumeRefusal(open, as: mayNot) == "NoPermission")
        #expect(try await bench.assumeRefusal(open, as: denied) == "NoPermission")
        #expect(try await bench.assumeRefusal(shut, as: may) == "NoPermission")
    }

    @Test("a trust policy may name one user; a permission may name one role")
    func named() async throws {
        let bench = try await AccessBench()
        let policy = AccessBench.document("Allow", "sts:AssumeRole", "acs:ram::1:role/reader")
        let (_, alice) = try await bench.addUser("alice", policies: [policy])
        let (_, bob) = try await bench.addUser("bob", policies: [policy])
        let reader = try await bench.addRole("reader", trusting: AccessBench.trust("acs:ram::1:user/alice"))
        let other = try await bench.addRole("readers", trusting: Self.trust)
        #expect(try await bench.assumeRefusal(reader, as: alice) == nil)
        #expect(try await bench.assumeRefusal(reader, as: bob) == "NoPermission")
        #expect(try await bench.assumeRefusal(other, as: alice) == "NoPermission")
    }

    @Test("an account itself assumes no role, not even one that trusts it")
    func root() async throws {
        let bench = try await AccessBench()
        let root = try await bench.addKey(of: .root)
        let role = try await bench.addRole("reader", trusting: Self.trust)
        #expect(try await bench.assumeRefusal(role, as: root) == "NoPermission")
    }

    @Test("a session with a session policy assumes no role, its own and others' alike, whatever that policy allows")
    func narrowed() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let role = try await bench.addRole("reader", trusting: Self.trust, policies: [AccessBench.all])
        let other = try await bench.addRole("other", trusting: AccessBench.trust("acs:ram::1:role/reader"))
        for policy in [AccessBench.all, Self.mayAssume] {
            let narrowed = Signer(try await bench.assume(role, as: alice, ["Policy": policy]))
            for target in [role, other] {
                do {
                    _ = try await bench.assume(target, as: narrowed)
                    Issue.record("must be refused")
                } catch let error as KMSError { #expect(error == .narrowedSession) }
            }
        }
        #expect(KMSError.narrowedSession.status == 403)
        #expect(KMSError.narrowedSession.code == "NoPermission")
        // It is the policy alone that they lack the right by.
        let whole = Signer(try await bench.assume(role, as: alice))
        for target in [role, other] { #expect(try await bench.assumeRefusal(target, as: whole) == nil) }
    }

    @Test("ExternalId is compared where the trust policy asks for it")
    func externalID() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let condition = #"{"StringEquals":{"sts:ExternalId":"customer-7"}}"#
        let role = try await bench.addRole(
            "reader",
            trusting: AccessBench.trust("acs:ram::1:root", condition: condition)
        )
        #expect(try await bench.assumeRefusal(role, as: alice, ["ExternalId": "customer-7"]) == nil)
        #expect(try await bench.assumeRefusal(role, as: alice, ["ExternalId": "customer-8"]) == "NoPermission")
        #expect(try await bench.assumeRefusal(role, as: alice, ["ExternalId": "Customer-7"]) == "NoPermission")
        #expect(try await bench.assumeRefusal(role, as: alice) == "NoPermission")
    }

    @Test("the other conditions of a trust policy are asked as well")
    func conditions() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let near = AccessBench.trust("acs:ram::1:root", condition: #"{"IpAddress":{"acs:SourceIp":"192.0.2.0/24"}}"#)
        let far = AccessBench.trust("acs:ram::1:root", condition: #"{"IpAddress":{"acs:SourceIp":"198.51.100.0/24"}}"#)
        let later = #"{"DateGreaterThan":{"acs:CurrentTime":"2026-11-24T02:28:13Z"}}"#
        #expect(try await bench.assumeRefusal(bench.addRole("near", trusting: near), as: alice) == nil)
        #expect(try await bench.assumeRefusal(bench.addRole("far", trusting: far), as: alice) == "NoPermission")
        let role = try await bench.addRole("later", trusting: AccessBench.trust("acs:ram::1:root", condition: later))
        #expect(try await bench.assumeRefusal(role, as: alice) == "NoPermission")
        bench.clock.advance(seconds: 1)
        #expect(try await bench.assumeRefusal(role, as: alice) == nil)
    }

    @Test("an absent role is told to those of its own account who may assume it, and to nobody else")
    func absent() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let (_, nobody) = try await bench.addUser("nobody")
        let (_, foreign) = try await bench.addUser("foreign", in: AccessBench.stranger, policies: [AccessBench.all])
        let shut = try await bench.addRole("shut", trusting: AccessBench.trust("acs:ram::1:user/alice"))
        func refusal(_ signer: Signer, _ name: String) async throws -> KMSError? {
            do {
                _ = try await bench.assume("acs:ram::1:role/\(name)", as: signer)
                return nil
            } catch let error as KMSError { return error }
        }
        #expect(try await refusal(alice, "none")?.code == "EntityNotExist.Role")
        #expect(try await refusal(alice, "none")?.status == 404)
        #expect(try await refusal(nobody, "none")?.code == "NoPermission")
        // Word for word the same, but for the name.
        let (absent, present) = (try await refusal(foreign, "none"), try await refusal(foreign, "shut"))
        #expect(absent?.code == "NoPermission")
        #expect(absent?.status == 403)
        #expect(absent?.message.replacing("role/none", with: "role/shut") == present?.message)
        #expect(try await bench.assumeRefusal(shut, as: alice) == nil)
    }

    @Test("a role may trust another account or one of its users; the session acts in the role's account")
    func crossAccount() async throws {
        let bench = try await AccessBench()
        let mine = AccessBench.document("Allow", "sts:AssumeRole", "acs:ram::1:role/*")
        let (_, foreign) = try await bench.addUser("foreign", in: AccessBench.stranger, policies: [mine])
        let (_, powerless) = try await bench.addUser("powerless", in: AccessBench.stranger)
        let account = try await bench.addRole("account", trusting: AccessBench.trust("acs:ram::2:root"))
        let user = try await bench.addRole("user", trusting: AccessBench.trust("acs:ram::2:user/foreign"))
        let own = try await bench.addRole("own", trusting: Self.trust)
        // A user of the same name in the role's own account is another user.
        let (_, namesake) = try await bench.addUser("foreign", policies: [mine])
        for role in [account, user] {
            let session = Signer(try await bench.assume(role, as: foreign))
            #expect(try await bench.caller(session).account == AccessBench.owner)
            #expect(try await bench.assumeRefusal(role, as: powerless) == "NoPermission")
            #expect(try await bench.assumeRefusal(role, as: namesake) == "NoPermission")
        }
        #expect(try await bench.assumeRefusal(own, as: foreign) == "NoPermission")
    }

    @Test("a trust policy that cannot be read lets nobody in")
    func unreadableTrust() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let role = try await bench.addRole("reader", trusting: "{}")
        #expect(try await bench.assumeRefusal(role, as: alice) == "InternalError")
    }

    @Test("the fields of the answer are those of the manual")
    func fields() async throws {
        let bench = try await AccessBench()
        let (_, alice) = try await bench.addUser("alice", policies: [Self.mayAssume])
        let role = try await bench.addRole("reader", trusting: Self.trust)
        let answer = try await bench.assume(role, as: alice)
        var fields = RecordedFields()
        answer.write(to: &fields)
        #expect(fields.names == ["Credentials", "AssumedRoleUser"])
        let credentials = fields.members["Credentials"]
        #expect(credentials?["AccessKeyId"]?.text == answer.accessKeyID)
        #expect(credentials?["AccessKeySecret"]?.text == Signer(answer).secret)
        #expect(credentials?["SecurityToken"]?.text == answer.token)
        #expect(credentials?["Expiration"]?.text == "2026-11-24T03:28:13Z")
        let user = fields.members["AssumedRoleUser"]
        #expect(user?["Arn"]?.text == "acs:ram::1:role/reader/session")
        #expect(user?["AssumedRoleId"]?.text == "\(role.id):session")
    }
}
