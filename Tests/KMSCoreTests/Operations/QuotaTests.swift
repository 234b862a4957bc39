import KMSCore
import KMSTestKit
import Testing

@Suite("Quotas")
struct QuotaTests {
    private let other = Namespace.example("1000000000000001", "cn-beijing")

    private func message(_ body: () async throws(KMSError) -> Field) async -> String? {
        do {
            _ = try await body()
            return nil
        } catch { return error.code == "Rejected.LimitExceeded" && error.status == 400 ? error.message : error.code }
    }

    @Test("no more keys are made than an account may have in a region; a window that runs frees nothing, its end does")
    func keys() async throws {
        let bench = try Bench(quotas: Quotas(keys: 2))
        let first = try await bench.makeKey()
        _ = try await bench.makeKey(["Origin": "EXTERNAL"])
        let refusal = await message { () async throws(KMSError) in try await bench.call("CreateKey") }
        #expect(refusal?.hasPrefix("The request was rejected because user create resource limit was exceeded.") == true)
        #expect(refusal?.contains("2 keys") == true)
        await #expect(throws: KMSError.self) { try await bench.call("CreateKey", isDryRun: true) }
        _ = try await bench.makeKey(in: other)
        _ = try await bench.makeKey(in: .example("2"))
        try await bench.call("ScheduleKeyDeletion", ["KeyId": first, "PendingWindowInDays": "7"])
        #expect(await bench.code("CreateKey") == "Rejected.LimitExceeded")
        bench.clock.advance(seconds: 7 * 86_400)
        // Upkeep has not run.
        #expect(await bench.code("CreateKey") == nil)
        #expect(await bench.code("CreateKey") == "Rejected.LimitExceeded")
    }

    @Test("many who ask at once get no more than the quota between them")
    func race() async throws {
        let bench = try Bench(quotas: Quotas(keys: 10, aliases: 7))
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 { group.addTask { await bench.code("CreateKey") == nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 10)
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(10))
        let listing = try await bench.call("ListKeys")
        let key = try #require(listing["Keys"]?["Key"]?[0]?["KeyId"]?.text)
        let named = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask {
                    await bench.code("CreateAlias", ["KeyId": key, "AliasName": "alias/\(number)"]) == nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(named == 7)
    }

    @Test("aliases: a name that exists is told as such, a deleted one makes room")
    func aliases() async throws {
        let bench = try Bench(quotas: Quotas(aliases: 1))
        let key = try await bench.makeKey()
        try await bench.call("CreateAlias", ["KeyId": key, "AliasName": "alias/a"])
        #expect(await bench.code("CreateAlias", ["KeyId": key, "AliasName": "alias/a"]) == "AliasAlreadyExists")
        let refusal = await message { () async throws(KMSError) in
            try await bench.call("CreateAlias", ["KeyId": key, "AliasName": "alias/b"])
        }
        #expect(refusal?.contains("1 aliases") == true)
        do {
            try await bench.call("CreateAlias", ["KeyId": key, "AliasName": "alias/b"], isDryRun: true)
        } catch { #expect(error.code == "Rejected.LimitExceeded") }
        try await bench.call("DeleteAlias", ["AliasName": "alias/a"])
        #expect(await bench.code("CreateAlias", ["KeyId": key, "AliasName": "alias/b"]) == nil)
    }

    @Test("versions of all keys are counted together, those of one asymmetric key for themselves")
    func versions() async throws {
        let bench = try Bench(versionInterval: 0, quotas: Quotas(versions: 4, versionsPerAsymmetricKey: 3))
        let pair = try await bench.makePair(.ecP256, .signVerify)
        #expect(await bench.code("CreateKeyVersion", ["KeyId": pair.key]) == nil)
        #expect(await bench.code("CreateKeyVersion", ["KeyId": pair.key]) == nil)
        let refusal = await message { () async throws(KMSError) in
            try await bench.call("CreateKeyVersion", ["KeyId": pair.key])
        }
        #expect(refusal?.contains("3 versions") == true)
        let other = try await bench.makePair(.ecP256K, .signVerify)
        #expect(await bench.code("CreateKeyVersion", ["KeyId": other.key]) == "Rejected.LimitExceeded")
        #expect(await bench.code("CreateKey") == "Rejected.LimitExceeded")
        // A key that waits for material has no version yet.
        #expect(await bench.code("CreateKey", ["Origin": "EXTERNAL"]) == nil)
    }

    @Test("rotation that is due goes on where the quota of versions is used up")
    func rotation() async throws {
        let bench = try Bench(quotas: Quotas(versions: 1))
        let key = try await bench.makeKey(["EnableAutomaticRotation": "true", "RotationInterval": "7d"])
        bench.clock.advance(seconds: 7 * 86_400)
        #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
        #expect(try await bench.call("ListKeyVersions", ["KeyId": key])["TotalCount"] == .number(2))
    }

    @Test("a resource carries as many tags as the setting says")
    func tags() async throws {
        let bench = try Bench(quotas: Quotas(tagsPerResource: 2))
        func tags(_ range: ClosedRange<Int>) -> String {
            "[" + range.map { #"{"TagKey":"k\#($0)","TagValue":"v"}"# }.joined(separator: ",") + "]"
        }
        #expect(await bench.code("CreateKey", ["Tags": tags(1...3)]) == "Rejected.LimitExceeded")
        let key = try await bench.makeKey(["Tags": tags(1...2)])
        let refusal = await message { () async throws(KMSError) in
            try await bench.call("TagResource", ["KeyId": key, "Tags": tags(3...3)])
        }
        #expect(refusal?.contains("2 tags") == true)
        #expect(await bench.code("TagResource", ["KeyId": key, "Tags": tags(1...2)]) == nil)
    }
}
