import KMSAccess
import KMSCore
import KMSStorage
import Testing

@testable import KMSServer

@Suite(.timeLimit(.minutes(10))) struct SessionTests {
    @Test(
        "a session works over the wire, names itself, and ends with its role",
        arguments: SigningClient.Scheme.allCases
    )
    func session(scheme: SigningClient.Scheme) async throws {
        try await withWholeService(try DataFolder()) { service, client in
            let client = client.with(scheme)
            let people = try await People.make(in: service)
            let key = try await client.createKey()
            let session = client.with(try await people.session(client))
            _ = try await session.text("CiphertextBlob", of: "Encrypt", ["KeyId": key, "Plaintext": "eA=="])

            let identity = try await session.call("GetCallerIdentity", version: "2015-04-01", [:]).json()
            #expect(identity["AccountId"]?.string == User.alice.account)
            #expect(identity["IdentityType"]?.string == "AssumedRoleUser")
            #expect(identity["PrincipalId"]?.string == "300000000000000001:nightly")
            #expect(identity["RoleId"]?.string == "300000000000000001")
            #expect(identity["Arn"]?.string == "acs:ram::\(User.alice.account):assumed-role/reader/nightly")

            let changed = people.role.changed(at: people.role.createdAt) { $0.description = "changed" }
            try await service.store.apply(Change([.access(.updateRole(from: people.role, to: changed))]))
            let refused = try await session.call("DescribeKey", ["KeyId": key])
            #expect(refused.status == 400)
            #expect(try refused.json()["Code"]?.string == "InvalidSecurityToken.Expired")
        }
    }

    @Test("a session leaves no row, and neither trail nor log have its token, its secret or its policy")
    func traces() async throws {
        let (folder, log) = (try DataFolder(), CollectedLog())
        let sentinel = "acs:kms:*:*:key/PolicySentinel8Rv*"
        let session = try await withWholeService(folder, log: log) { service, client in
            let people = try await People.make(in: service)
            let before = try await service.database.dump()
            let policy =
                #"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":["*","\#(sentinel)"]}]}"#
            let session = try await people.session(client, ["Policy": policy])
            for (table, rows) in try await service.database.dump() where table != "audit_outbox" {
                #expect(before[table] == rows, "\(table)")
            }
            let key = try await client.createKey()
            _ = try await client.with(session).text("CiphertextBlob", of: "Encrypt", ["KeyId": key, "Plaintext": "x"])
            _ = try await client.with(session).call("DescribeKey", ["KeyId": "nothing"])
            var broken = session
            broken.token = session.token.map { String($0.dropLast(4)) }
            _ = try await client.with(broken).call("DescribeKey", ["KeyId": key])
            return session
        }
        let trail = try folder.trail().joined(separator: "\n")
        let principal = #""role/reader/nightly""#
        #expect(trail.contains(principal) && trail.contains(session.accessKeyID))
        let beginning = try folder.trail().first { $0.contains(#""AssumeRole""#) }
        #expect(beginning?.contains(#""user/worker""#) == true)
        #expect(beginning?.contains(":accesskey/\(session.accessKeyID)\"") == true)
        #expect(beginning?.contains(":role/reader/nightly\"") == true)
        for secret in [session.secret, String(try #require(session.token).prefix(60)), "PolicySentinel8Rv"] {
            #expect(!trail.contains(secret))
            #expect(!log.text.contains(secret))
        }
    }

    @Test("a request of a session serves once")
    func replay() async throws {
        try await withWholeService(try DataFolder()) { service, client in
            let people = try await People.make(in: service)
            let session = client.with(try await people.session(client))
            let request = try session.request("DescribeRegions")
            #expect(try await session.send(request).status == 200)
            let again = try await session.send(request)
            #expect(try again.json()["Code"]?.string == "SignatureNonceUsed")
        }
    }

    @Test("sessions outlive a restart of the server, and another data folder does not know them")
    func restart() async throws {
        let folder = try DataFolder()
        let session = try await withWholeService(folder) { service, client in
            try await People.make(in: service).session(client)
        }
        try await withWholeService(folder) { _, client in
            let answer = try await client.with(session).call("DescribeRegions")
            #expect(answer.status == 200)
        }
        try await withWholeService(try DataFolder()) { _, client in
            let refused = try await client.with(session).call("DescribeRegions")
            #expect(try refused.json()["Code"]?.string == "InvalidSecurityToken.Malformed")
        }
    }

    @Test("a user is held to its policies, as RAM and KMS refuse")
    func user() async throws {
        try await withWholeService(try DataFolder()) { service, client in
            let people = try await People.make(in: service)
            let worker = client.with(people.user)
            _ = try await worker.createKey()
            let refused = try await worker.call("CreateUser", version: "2015-05-01", ["UserName": "another"])
            #expect(refused.status == 403)
            #expect(try refused.json()["Code"]?.string == "NoPermission")
            let identity = try await worker.call("GetCallerIdentity", version: "2015-04-01", [:]).json()
            #expect(identity["IdentityType"]?.string == "RAMUser")
            #expect(identity["Arn"]?.string == "acs:ram::\(User.alice.account):user/worker")
            #expect(identity["UserId"]?.string == "200000000000000001")
        }
    }
}
