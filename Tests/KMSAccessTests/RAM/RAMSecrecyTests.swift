import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("Secrets of access keys")
struct RAMSecrecyTests {
    @Test("a secret is in its one answer, and in no record, no other answer and no error")
    func secret() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let made = try await bench.call("CreateAccessKey", ["UserName": "alice"])
        let secret = try #require(made["AccessKey"]?["AccessKeySecret"]?.text)
        let id = try #require(made["AccessKey"]?["AccessKeyId"]?.text)
        var said: [String] = []
        for action in bench.catalogue.names {
            // A secret in the wrong place of a request is not repeated either.
            for named in ["alice", secret] {
                do {
                    let answer = try await bench.call(
                        action,
                        [
                            "UserName": named, "UserAccessKeyId": secret, "Status": secret, "PolicyType": secret,
                            "Marker": secret + " ", "MobilePhone": secret, "Email": secret, "VersionId": secret,
                            "MaxItems": secret, "PolicyDocument": secret, "AssumeRolePolicyDocument": secret,
                            "PolicyName": "ReadKeys", "RoleName": "auditor", "MaxSessionDuration": secret,
                        ]
                    )
                    if named != secret { said.append("\(answer)") }
                } catch { said.append("\(error)") }
            }
        }
        try await bench.call("UpdateAccessKey", ["UserName": "alice", "UserAccessKeyId": id, "Status": "Inactive"])
        said.append("\(try await bench.call("ListAccessKeys", ["UserName": "alice"]))")
        #expect(said.count > 25 && said.allSatisfy { !$0.contains(secret) })
        // The record of what was asked for names the user that was named, which here was the secret's text.
        let lines = bench.audit.records.filter { !$0.resources.contains { $0.contains(secret) } }
            .map { String(decoding: $0.line, as: UTF8.self) }
        #expect(lines.count > 25 && lines.allSatisfy { !$0.contains(secret) })
        let stored = try #require(try await bench.store.accessKey(id)).sealedSecret
        #expect(!String(decoding: stored, as: UTF8.self).contains(secret))
    }

    @Test("no two keys have the same id or secret")
    func freshness() async throws {
        let bench = try await RAMBench()
        var texts: Set<String> = []
        for number in 1...20 {
            try await bench.call("CreateUser", ["UserName": "u\(number)"])
            for _ in 1...2 {
                let key = try await bench.call("CreateAccessKey", ["UserName": "u\(number)"])["AccessKey"]
                texts.insert(try #require(key?["AccessKeyId"]?.text))
                texts.insert(try #require(key?["AccessKeySecret"]?.text))
            }
        }
        #expect(texts.count == 80)
    }
}
