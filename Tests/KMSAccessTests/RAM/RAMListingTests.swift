import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("RAM listings")
struct RAMListingTests {
    private func names(_ answer: Field, _ list: String, _ element: String) -> [String] {
        (answer[list]?[element]?.elements ?? []).compactMap { $0["\(element)Name"]?.text }
    }

    /// All names, page after page; each page but the last is full.
    private func walk(
        _ bench: RAMBench,
        _ action: String,
        _ list: String,
        _ element: String,
        size: Int,
        type: String = ""
    ) async throws -> [String] {
        var (all, marker): ([String], String) = ([], "")
        while true {
            let answer = try await bench.call(
                action,
                ["MaxItems": "\(size)", "Marker": marker, "PolicyType": type]
            )
            let page = names(answer, list, element)
            all += page
            guard answer["IsTruncated"] == .boolean(true) else {
                #expect(answer["IsTruncated"] == .boolean(false) && answer["Marker"] == nil)
                return all
            }
            try #require(page.count == size)
            marker = try #require(answer["Marker"]?.text)
        }
    }

    @Test("pages of every size give all users and roles once, by the bytes of their names")
    func usersAndRoles() async throws {
        let bench = try await RAMBench()
        let names = ["b", "B", "a.", "a", "a-", "Z", "0", "a_", "aa"]
        for name in names {
            try await bench.call("CreateUser", ["UserName": name])
            try await bench.call("CreateRole", ["RoleName": name, "AssumeRolePolicyDocument": Documents.trust])
            try await bench.call("CreateUser", ["UserName": name], as: .otherRoot)
        }
        let sorted = ["0", "B", "Z", "a", "a-", "a.", "a_", "aa", "b"]
        for size in 1...10 {
            #expect(try await walk(bench, "ListUsers", "Users", "User", size: size) == sorted)
            #expect(try await walk(bench, "ListRoles", "Roles", "Role", size: size) == sorted)
        }
    }

    @Test("a page goes on where the last one ended, whatever came or went meanwhile")
    func moving() async throws {
        let bench = try await RAMBench()
        for name in ["a", "c", "e", "g"] { try await bench.call("CreateUser", ["UserName": name]) }
        let first = try await bench.call("ListUsers", ["MaxItems": "2"])
        let marker = try #require(first["Marker"]?.text)
        try await bench.call("DeleteUser", ["UserName": "c"])
        for name in ["b", "d"] { try await bench.call("CreateUser", ["UserName": name]) }
        let second = try await bench.call("ListUsers", ["MaxItems": "2", "Marker": marker])
        #expect(names(second, "Users", "User") == ["d", "e"])
    }

    @Test("a page has a hundred rows unless another size is asked for")
    func defaultSize() async throws {
        let bench = try await RAMBench()
        for number in 1...101 { try await bench.call("CreateUser", ["UserName": "u\(number)"]) }
        let answer = try await bench.call("ListUsers")
        #expect(names(answer, "Users", "User").count == 100 && answer["IsTruncated"] == .boolean(true))
    }

    @Test("system policies come before the account's own, and each type can be listed alone")
    func policies() async throws {
        let bench = try await RAMBench()
        for name in ["b", "A", "a"] {
            try await bench.call("CreatePolicy", ["PolicyName": name, "PolicyDocument": Documents.readKeys])
        }
        let system = SystemPolicies.all.map(\.name)
        for size in 1...12 {
            let walk = { (type: String) in
                try await self.walk(bench, "ListPolicies", "Policies", "Policy", size: size, type: type)
            }
            #expect(try await walk("") == system + ["A", "a", "b"])
            #expect(try await walk("System") == system)
            #expect(try await walk("Custom") == ["A", "a", "b"])
        }
        let mixed = await bench.code("ListPolicies", ["PolicyType": "Custom", "Marker": "System/\(system[0])"])
        #expect(mixed == "400 InvalidParameter.Marker")
    }

    @Test("listed policies say to how many they are attached")
    func attachmentCounts() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let policy: KeyValuePairs = [
            "UserName": "alice", "RoleName": "auditor", "PolicyType": "Custom", "PolicyName": "ReadKeys",
        ]
        try await bench.call("AttachPolicyToUser", policy)
        try await bench.call("AttachPolicyToRole", policy)
        let rows = try await bench.call("ListPolicies", ["PolicyType": "Custom"])["Policies"]?["Policy"]
        #expect(rows?[0]?["AttachmentCount"] == .number(2))
    }
}
