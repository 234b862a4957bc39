import KMSCore
import KMSTestKit
import Testing

@Suite("Aliases")
struct AliasTests {
    @Test("an alias stands for its key, moves to another and goes, without touching the keys")
    func life() async throws {
        let bench = try Bench()
        let (first, second) = (try await bench.makeKey(), try await bench.makeKey())
        try await bench.call("CreateAlias", ["KeyId": first, "AliasName": "alias/a"])
        let blob = try await bench.encrypt("text", under: "alias/a")
        try await bench.call("UpdateAlias", ["KeyId": second, "AliasName": "alias/a"])
        let moved = try await bench.call("DescribeKey", ["KeyId": "alias/a"])
        #expect(moved["KeyMetadata"]?["KeyId"] == .text(second))
        #expect(try await bench.call("Decrypt", ["CiphertextBlob": blob])["KeyId"] == .text(first))
        try await bench.call("DeleteAlias", ["AliasName": "alias/a"])
        #expect(await bench.code("DescribeKey", ["KeyId": "alias/a"]) == "Forbidden.AliasNotFound")
        #expect(await bench.code("DeleteAlias", ["AliasName": "alias/a"]) == "Forbidden.AliasNotFound")
        let updated = await bench.code("UpdateAlias", ["KeyId": first, "AliasName": "alias/a"])
        #expect(updated == "Forbidden.AliasNotFound")
    }

    @Test("a name is taken once in an account and region, and free in every other")
    func uniqueness() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        try await bench.call("CreateAlias", ["KeyId": key, "AliasName": "alias/a"])
        #expect(await bench.code("CreateAlias", ["KeyId": key, "AliasName": "alias/a"]) == "AliasAlreadyExists")
        #expect(await bench.code("CreateAlias", ["KeyId": key, "AliasName": "alias/A"]) == nil)
        for other in [Namespace.example("2000000000000002"), .example("1000000000000001", "cn-beijing")] {
            let stranger = try await bench.makeKey(in: other)
            let code = await bench.code("CreateAlias", ["KeyId": stranger, "AliasName": "alias/a"], in: other)
            #expect(code == nil)
        }
    }

    @Test(
        "names are alias/ and 1 to 255 letters, digits, _, - and /",
        arguments: [
            ("alias/a", nil), ("alias/a/b_c-D9", nil), ("alias/" + String(repeating: "x", count: 255), nil),
            ("alias/" + String(repeating: "x", count: 256), "InvalidParameter"), ("alias/", "InvalidParameter"),
            ("a", "InvalidParameter"), ("Alias/a", "InvalidParameter"), ("alias/ü", "InvalidParameter"),
            ("alias/a b", "InvalidParameter"), ("alias/a.b", "InvalidParameter"), ("alias/acs/oss", "InvalidParameter"),
            ("alias/acs", "InvalidParameter"), ("", "MissingParameter"),
        ] as [(String, String?)]
    )
    func names(_ name: String, _ code: String?) async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        #expect(await bench.code("CreateAlias", ["KeyId": key, "AliasName": name]) == code)
    }

    @Test("listings give all aliases of the region, or those of one key, in the order of their creation")
    func listings() async throws {
        let bench = try Bench()
        let (first, second) = (try await bench.makeKey(), try await bench.makeKey())
        for (name, key) in [("alias/z", first), ("alias/m", second), ("alias/a", first)] {
            try await bench.call("CreateAlias", ["KeyId": key, "AliasName": name])
        }
        func names(_ answer: Field) -> [String] {
            (answer["Aliases"]?["Alias"]?.elements ?? []).compactMap { $0["AliasName"]?.text }
        }
        let all = try await bench.call("ListAliases")
        #expect(names(all) == ["alias/z", "alias/m", "alias/a"])
        #expect(all["Aliases"]?["Alias"]?[0]?["AliasArn"] == .text("acs:kms:cn-hangzhou:1000000000000001:alias/z"))
        let own = try await bench.call("ListAliasesByKeyId", ["KeyId": first])
        #expect(names(own) == ["alias/z", "alias/a"])
        #expect(own["TotalCount"] == .number(2))
    }
}
