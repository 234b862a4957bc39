import KMSCore
import KMSTestKit
import Testing

@testable import KMSServer

@Suite("Whom the operator acts for")
struct OperatorAuthenticatorTests {
    private let now = Timestamp(seconds: 1_795_487_293)

    private func authenticated(_ parameters: KeyValuePairs<String, String>) async throws(KMSError) -> Authenticated {
        let store = InMemoryStore()
        do { try await store.apply(Change([.insertAccount(Account(id: AccountID("1")!, createdAt: now))])) } catch {
            Issue.record("\(error)")
        }
        let given = Parameters(parameters.map { (key: $0.key, value: $0.value) })
        let request = SignedRequest(
            method: "POST",
            parameters: given,
            queryCount: 0,
            headers: [],
            body: [],
            region: RegionID("cn-hangzhou")!,
            isRegionNamed: false
        )
        let authenticator = OperatorAuthenticator(user: 1_000, ids: CountingIDs(), accounts: store)
        return try await authenticator.authenticate(request, at: now)
    }

    private func refusal(_ parameters: KeyValuePairs<String, String>) async -> String? {
        do {
            _ = try await authenticated(parameters)
            return nil
        } catch { return error.code }
    }

    @Test("for the account that the request names, as that account, under the operator's own name")
    func named() async throws {
        for version in ["keyhold-1", "2015-05-01"] {
            let caller = try await authenticated(["Version": version, "AccountId": "1"]).caller
            #expect(caller.account.description == "1" && caller.identity == .root)
            #expect(caller.principal == "operator/1000" && caller.accessKeyID.isEmpty)
            #expect(await refusal(["Version": version, "AccountId": "2"]) == "EntityNotExist.Account")
            #expect(await refusal(["Version": version, "AccountId": "x"]) != nil)
        }
    }

    @Test("without an account only the operator's own operations are let through")
    func unnamed() async throws {
        #expect(try await authenticated(["Version": "keyhold-1"]).caller.account.description == "0")
        for version in ["2015-05-01", "2015-04-01", "2016-01-20", "keyhold-2", ""] {
            #expect(await refusal(["Version": version]) == "MissingAccountId")
            #expect(await refusal(["Version": version, "AccountId": ""]) == "MissingAccountId")
        }
        #expect(await refusal([:]) == "MissingAccountId")
    }
}
