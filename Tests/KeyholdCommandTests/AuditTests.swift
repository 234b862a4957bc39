import FoundationEssentials
import Testing

@testable import keyhold

/// `keyhold audit` over the trail that `Documentation/Audit.md` shows.
@Suite("Audit trails are verified and searched without a server")
final class AuditTests {
    private let folder = URL.temporaryDirectory.appending(path: "keyhold-\(UUID().uuidString)").path
    private let lines: [String]

    init() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Documentation/Audit.md").path
        let text = try String(contentsOfFile: page, encoding: .utf8)
        lines = text.split(separator: "\n").map(String.init).filter { $0.hasPrefix(#"{"v":2,"node""#) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try write(lines, to: "audit.jsonl")
        let start = try #require(text.firstRange(of: "-----BEGIN PUBLIC KEY-----")).lowerBound
        let end = try #require(text.firstRange(of: "-----END PUBLIC KEY-----")).upperBound
        try write([String(text[start..<end])], to: "audit.pem")
        try write([lines[2]], to: "heads.jsonl")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func write(_ lines: [String], to name: String) throws {
        try Data(lines.map { "\($0)\n" }.joined().utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }

    private func verify(_ options: String...) async -> Run {
        await run(["audit", "verify", "--folder", folder, "--public-key", "\(folder)/audit.pem"] + options)
    }

    private func search(_ options: String...) async -> Run {
        await run(["audit", "search", "--folder", folder] + options)
    }

    @Test("a whole trail ends with status 0, and says what it was")
    func whole() async {
        let run = await verify("--head", "\(folder)/heads.jsonl")
        #expect(run.status == .success && run.complaint == "")
        #expect(run.output.hasSuffix("4 lines, 1 starts, 1 checkpoints, without MACs: nothing found\n"))
    }

    @Test("a changed line, one that is missing, and an end that was cut off end with status 1, and are named")
    func tampered() async throws {
        try write(
            [lines[0], lines[1].replacing("DescribeKey", with: "ScheduleKeyDeletion")] + lines[2...],
            to: "audit.jsonl"
        )
        var run = await verify()
        #expect(run.status == .refused)
        #expect(run.output.contains("audit.jsonl:2: start 1 lane 0 line 2: was changed"))
        try write([lines[0], lines[2], lines[3]], to: "audit.jsonl")
        run = await verify()
        #expect(run.status == .refused && run.output.contains("line 2 is missing before it"))
        try write(Array(lines[..<2]), to: "audit.jsonl")
        #expect(await verify().status == .success)
        run = await verify("--head", "\(folder)/heads.jsonl")
        #expect(run.status == .refused && run.output.contains("cut off: it ends at line 2, and had line 3"))
    }

    @Test("without a public key the trail's own is believed, and shown")
    func ownKey() async {
        let run = await run(["audit", "verify", "--file", "\(folder)/audit.jsonl"])
        #expect(run.status == .success && run.output.contains("the public key is the trail's own: compare its SHA-256"))
    }

    @Test("what cannot be read ends with status 2, in words")
    func unreadable() async throws {
        try write(["{}"], to: "bad")
        let bad = "\(folder)/bad"
        for options in [
            ["--folder", "\(folder)/none"], ["--file", "\(folder)/none"], ["--folder", folder, "--file", bad],
            ["--folder", folder, "--public-key", bad], ["--folder", folder, "--head", bad],
            ["--folder", folder, "--head", "\(folder)/none"], ["--folder", folder, "extra"],
        ] {
            let run = await run(["audit", "verify"] + options)
            #expect(run.status == .usage && !run.complaint.isEmpty, "\(options)")
        }
    }

    @Test("a search prints the lines that fulfil everything that is asked")
    func searching() async {
        let record = lines[1] + "\n"
        let key = "08c33a6f-4e0a-4a1b-a3fa-7ddfa1d4fb73"
        for options in [
            ["--key-id", key], ["--key-id", key.uppercased()], ["--principal", "root"], ["--action", "DescribeKey"],
            ["--outcome", "success"], ["--account", "1000000000000001"],
            ["--request-id", "0D8A7E1C-9B0E-4D5E-8A35-5C1F2B7E6D10"], ["--to", "2026-01-01T08:00:30Z"],
            ["--from", "2026-01-01", "--to", "2026-01-01", "--action", "DescribeKey", "--principal", "root"],
        ] {
            let run = await run(["audit", "search", "--folder", folder] + options)
            #expect(run.status == .success && run.output == record, "\(options)")
        }
        #expect(await search().output == record + lines[3] + "\n")
        #expect(await search("--from", "2026-01-01T08:00:30Z").output == lines[3] + "\n")
        for options in [
            ["--from", "2026-01-02"], ["--to", "2025-12-31"], ["--action", "describekey"], ["--key-id", "0"],
        ] {
            #expect(await run(["audit", "search", "--folder", folder] + options).output == "", "\(options)")
        }
    }

    @Test("a table has a row for each record")
    func table() async {
        let rows = await search("--table", "--action", "DescribeKey").output.split(separator: "\n")
        #expect(rows.count == 2)
        #expect(rows.first?.hasPrefix("TIME ") == true)
        #expect(rows.last?.contains("DescribeKey ") == true && rows.last?.contains(" 192.0.2.7 ") == true)
    }

    @Test("a time or an outcome that is none is refused")
    func badQueries() async {
        for options in [["--from", "yesterday"], ["--to", "2026-13-01"], ["--outcome", "maybe"]] {
            #expect(await run(["audit", "search", "--folder", folder] + options).status == .usage, "\(options)")
        }
    }
}
