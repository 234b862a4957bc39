import KMSCore
import KMSTestKit
import Testing

@Suite("Tags")
struct TagTests {
    private func tags(_ bench: Bench, _ key: String) async throws -> [String: String] {
        let answer = try await bench.call("ListResourceTags", ["KeyId": key])
        var tags: [String: String] = [:]
        for tag in answer["Tags"]?["Tag"]?.elements ?? [] {
            #expect(tag["KeyId"] == .text(key))
            tags[try #require(tag["TagKey"]?.text)] = tag["TagValue"]?.text
        }
        return tags
    }

    @Test("tags are put on, replaced and taken off; absent ones are no error")
    func life() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey(["Tags": #"[{"TagKey":"a","TagValue":"1"}]"#])
        try await bench.call(
            "TagResource",
            ["KeyId": key, "Tags": #"[{"TagKey":"a","TagValue":"2"},{"TagKey":"b"}]"#]
        )
        #expect(try await tags(bench, key) == ["a": "2", "b": ""])
        try await bench.call("UntagResource", ["KeyId": key, "TagKeys": #"["a","none"]"#])
        #expect(try await tags(bench, key) == ["b": ""])
    }

    @Test(
        "tags that break the rules are refused with their own codes",
        arguments: [
            (#"[{"TagKey":"","TagValue":""}]"#, "InvalidParameter.TagKey"),
            (#"[{"TagValue":"x"}]"#, "InvalidParameter.TagKey"), (#"[{"TagKey":"acs:x"}]"#, "InvalidParameter.TagKey"),
            (#"[{"TagKey":"aliyunx"}]"#, "InvalidParameter.TagKey"), (#"[{"TagKey":"ü"}]"#, "InvalidParameter.TagKey"),
            (#"[{"TagKey":"a","TagValue":"ü"}]"#, "InvalidParameter.TagValue"),
            (#"[{"TagKey":"a"},{"TagKey":"a"}]"#, "Duplicate.TagKey"), (#"[{"TagKey":1}]"#, "InvalidParameter"),
            ("{}", "InvalidParameter"), (#"[{"TagKey":"a","More":"x"}]"#, "InvalidParameter"), ("", "MissingParameter"),
            ("[{\"TagKey\":\"" + String(repeating: "x", count: 129) + "\"}]", "InvalidParameter.TagKey"),
            (
                "[{\"TagKey\":\"a\",\"TagValue\":\"" + String(repeating: "x", count: 257) + "\"}]",
                "InvalidParameter.TagValue"
            ),
        ]
    )
    func refusals(_ text: String, _ code: String) async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        #expect(await bench.code("TagResource", ["KeyId": key, "Tags": text]) == code)
        #expect(try await tags(bench, key).isEmpty)
    }

    @Test("a key carries 20 tags at most, and a request that would exceed them sets none")
    func limit() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        func list(_ range: Range<Int>) -> String {
            "[" + range.map { #"{"TagKey":"t\#($0)","TagValue":""}"# }.joined(separator: ",") + "]"
        }
        try await bench.call("TagResource", ["KeyId": key, "Tags": list(0..<19)])
        #expect(await bench.code("TagResource", ["KeyId": key, "Tags": list(19..<21)]) == "Rejected.LimitExceeded")
        #expect(try await tags(bench, key).count == 19)
        #expect(await bench.code("TagResource", ["KeyId": key, "Tags": list(0..<20)]) == nil)
    }

    @Test("many keys are tagged together or not at all")
    func manyResources() async throws {
        let bench = try Bench()
        let (first, second) = (try await bench.makeKey(), try await bench.makeKey())
        let code = await bench.code(
            "TagResources",
            [
                "RegionId": "cn-hangzhou", "ResourceType": "key", "ResourceId.1": first, "ResourceId.2": "none",
                "Tag.1.Key": "a", "Tag.1.Value": "1",
            ]
        )
        #expect(code == "InvalidResourceId.NotFound")
        #expect(try await tags(bench, first).isEmpty)
        try await bench.call(
            "TagResources",
            [
                "RegionId": "cn-hangzhou", "ResourceType": "key", "ResourceId.2": second, "ResourceId.1": first,
                "Tag.1.Key": "a", "Tag.1.Value": "1",
            ]
        )
        let listed = try await bench.call(
            "ListTagResources",
            ["RegionId": "cn-hangzhou", "ResourceType": "key", "Tag.1.Key": "a", "Tag.1.Value": "1"]
        )
        let rows = listed["TagResources"]?["TagResource"]?.elements ?? []
        #expect(rows.compactMap { $0["ResourceId"]?.text } == [first, second])
        #expect(rows.allSatisfy { $0["ResourceType"] == .text("key") })
        #expect(listed["NextToken"] == .text(""))
        try await bench.call(
            "UntagResources",
            ["RegionId": "cn-hangzhou", "ResourceType": "key", "ResourceId.1": first, "All": "true"]
        )
        #expect(try await tags(bench, first).isEmpty)
        #expect(try await tags(bench, second) == ["a": "1"])
    }

    @Test("long listings go on where the token says")
    func continuation() async throws {
        let bench = try Bench()
        let list = "[" + (0..<20).map { #"{"TagKey":"t\#($0)","TagValue":"v"}"# }.joined(separator: ",") + "]"
        for _ in 0..<11 { _ = try await bench.makeKey(["Tags": list]) }
        var rows: [Field] = []
        var token = ""
        repeat {
            let answer = try await bench.call(
                "ListTagResources",
                ["RegionId": "cn-hangzhou", "ResourceType": "key", "NextToken": token]
            )
            let page = answer["TagResources"]?["TagResource"]?.elements ?? []
            #expect(page.count <= 200)
            rows += page
            token = answer["NextToken"]?.text ?? ""
        } while !token.isEmpty
        #expect(rows.count == 220)
        for wrong in ["x", "/", "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000001/ü"] {
            let code = await bench.code(
                "ListTagResources",
                ["RegionId": "cn-hangzhou", "ResourceType": "key", "NextToken": wrong]
            )
            #expect(code == "InvalidParameter")
        }
    }
}
