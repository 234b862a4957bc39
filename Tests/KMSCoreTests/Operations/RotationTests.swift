import KMSCore
import KMSTestKit
import Testing

@Suite("Automatic rotation and upkeep")
struct RotationTests {
    @Test(
        "intervals are 7 to 730 days in any unit, and are answered in seconds",
        arguments: [
            ("7d", "604800s"), ("168h", "604800s"), ("10080m", "604800s"), ("604800s", "604800s"),
            ("605800s", "605800s"), ("365d", "31536000s"), ("730d", "63072000s"), ("6d", nil), ("604799s", nil),
            ("731d", nil), ("7", nil), ("d", nil), ("7D", nil), ("-7d", nil), ("7.5d", nil),
            ("99999999999999999999d", nil),
        ] as [(String, String?)]
    )
    func intervals(_ written: String, _ answered: String?) async throws {
        let bench = try Bench()
        let request: KeyValuePairs = ["EnableAutomaticRotation": "true", "RotationInterval": written]
        guard let answered else {
            #expect(await bench.code("CreateKey", request) == "InvalidParameter")
            return
        }
        let key = try await bench.makeKey(request)
        let metadata = try await bench.metadata(of: key)
        #expect(metadata["RotationInterval"] == .text(answered))
        #expect(metadata["AutomaticRotation"] == .text("Enabled"))
    }

    @Test("a due key gets a new primary version, and the old one still decrypts")
    func rotates() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey(["EnableAutomaticRotation": "true", "RotationInterval": "7d"])
        let first = try await bench.metadata(of: key)["PrimaryKeyVersion"]
        let blob = try await bench.encrypt("text", under: key)
        bench.clock.advance(seconds: 604_799)
        #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
        #expect(try await bench.metadata(of: key)["PrimaryKeyVersion"] == first)
        bench.clock.advance(seconds: 1)
        #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
        let rotated = try await bench.metadata(of: key)
        #expect(rotated["PrimaryKeyVersion"] != first)
        #expect(rotated["LastRotationDate"] == .text("2026-01-08T00:00:00Z"))
        #expect(rotated["NextRotationDate"] == .text("2026-01-15T00:00:00Z"))
        #expect(try await bench.call("Decrypt", ["CiphertextBlob": blob])["KeyVersionId"] == first)
        let versions = try await bench.call("ListKeyVersions", ["KeyId": key])
        #expect(versions["TotalCount"] == .number(2))
        #expect(versions["KeyVersions"]?["KeyVersion"]?[0]?["KeyVersionId"] == first)
        let fresh = try await bench.call("Encrypt", ["KeyId": key, "Plaintext": "text"])
        #expect(fresh["KeyVersionId"] == rotated["PrimaryKeyVersion"])
    }

    @Test("a policy that makes the next rotation lie in the past rotates at once")
    func rotatesAtOnce() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        bench.clock.advance(seconds: 30 * 86_400)
        try await bench.call(
            "UpdateRotationPolicy",
            ["KeyId": key, "EnableAutomaticRotation": "true", "RotationInterval": "7d"]
        )
        #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
        #expect(try await bench.metadata(of: key)["LastRotationDate"] == .text("2026-01-31T00:00:00Z"))
    }

    @Test(
        "a policy is suspended while the key is disabled or to be deleted, and active again after",
        arguments: [
            ("DisableKey", "EnableKey"), ("ScheduleKeyDeletion", "CancelKeyDeletion"),
        ]
    )
    func suspends(_ stop: String, _ resume: String) async throws {
        let bench = try Bench()
        let key = try await bench.makeKey(["EnableAutomaticRotation": "true", "RotationInterval": "7d"])
        try await bench.call(stop, ["KeyId": key])
        #expect(try await bench.metadata(of: key)["AutomaticRotation"] == .text("Suspended"))
        bench.clock.advance(seconds: 8 * 86_400)
        #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
        #expect(try await bench.call("ListKeyVersions", ["KeyId": key])["TotalCount"] == .number(1))
        try await bench.call(resume, ["KeyId": key])
        #expect(try await bench.metadata(of: key)["AutomaticRotation"] == .text("Enabled"))
        #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
        #expect(try await bench.call("ListKeyVersions", ["KeyId": key])["TotalCount"] == .number(2))
    }

    @Test("switching rotation off needs no interval, switching it on does")
    func switches() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey(["EnableAutomaticRotation": "true", "RotationInterval": "7d"])
        #expect(await bench.code("UpdateRotationPolicy", ["KeyId": key]) == "MissingParameter")
        let on: KeyValuePairs = ["KeyId": key, "EnableAutomaticRotation": "true"]
        #expect(await bench.code("UpdateRotationPolicy", on) == "MissingParameter")
        try await bench.call("UpdateRotationPolicy", ["KeyId": key, "EnableAutomaticRotation": "false"])
        let metadata = try await bench.metadata(of: key)
        #expect(metadata["AutomaticRotation"] == .text("Disabled"))
        #expect(metadata["RotationInterval"] == nil && metadata["NextRotationDate"] == nil)
    }

    @Test("a version of another key, or no version at all, is not found")
    func versions() async throws {
        let bench = try Bench()
        let (first, second) = (try await bench.makeKey(), try await bench.makeKey())
        let version = try #require(try await bench.metadata(of: first)["PrimaryKeyVersion"]?.text)
        let found = try await bench.call("DescribeKeyVersion", ["KeyId": first, "KeyVersionId": version])
        #expect(found["KeyVersion"]?["KeyVersionId"] == .text(version))
        for (key, id) in [(second, version), (first, first), (first, "x")] {
            let code = await bench.code("DescribeKeyVersion", ["KeyId": key, "KeyVersionId": id])
            #expect(code == "Forbidden.KeyVersionNotFound")
        }
    }

    @Test("what is left of a key goes after the grace, aliases at once, and the trail tells of both")
    func deletion() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        try await bench.call("CreateAlias", ["KeyId": key, "AliasName": "alias/a"])
        let version = try #require(try await bench.metadata(of: key)["PrimaryKeyVersion"]?.text)
        try await bench.call("ScheduleKeyDeletion", ["KeyId": key, "PendingWindowInDays": "7"])
        bench.clock.advance(seconds: 7 * 86_400)
        #expect(await Upkeep(bench.service).run(mayDestroy: false) == [])
        let id = try #require(UUIDBytes(text: version.utf8).map { KeyVersionID($0) })
        #expect(try await bench.store.alias(.example("a"), in: .example()) != nil)
        #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
        #expect(try await bench.store.alias(.example("a"), in: .example()) == nil)
        let other = try await bench.makeKey()
        #expect(await bench.code("CreateAlias", ["KeyId": other, "AliasName": "alias/a"]) == nil)
        bench.clock.advance(seconds: 86_399)
        #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
        #expect(!bench.audit.records.contains { $0.action == "UpkeepDestroyKey" })
        bench.clock.advance(seconds: 1)
        #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
        #expect(try await bench.store.version(id) == nil)
        let upkeep = bench.audit.records.filter { $0.principal == "upkeep" }.map(\.action)
        #expect(upkeep == ["UpkeepDeleteKey", "UpkeepDestroyKey"])
    }

    @Test("a destruction is recorded once, when the bytes are gone, and not while something still keeps them there")
    func heldDestruction() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        try await bench.call("ScheduleKeyDeletion", ["KeyId": key, "PendingWindowInDays": "7"])
        bench.clock.advance(seconds: 8 * 86_400)
        func records() -> Int { bench.audit.records.filter { $0.action == "UpkeepDestroyKey" }.count }
        func left() async throws -> Int { try await bench.store.keysToDestroy(at: bench.clock.now(), limit: 9).count }
        bench.store.holdLog(true)
        for _ in 0..<2 {
            let troubles = await Upkeep(bench.service).run(mayDestroy: true)
            #expect(troubles.count == 1 && troubles[0].contains("still there"))
            #expect(records() == 0)
            #expect(try await left() == 1)
        }
        bench.store.holdLog(false)
        // Not while the clock is not to be trusted either.
        #expect(await Upkeep(bench.service).run(mayDestroy: false) == [])
        #expect(records() == 0)
        for _ in 0..<2 { #expect(await Upkeep(bench.service).run(mayDestroy: true) == []) }
        #expect(records() == 1)
        #expect(try await left() == 0)
    }

    @Test("a clock that jumps is not trusted until it is set back")
    func clockGuard() {
        var clock = ClockGuard()
        let moments: [(seconds: Int64, uptime: Int64, isTrusted: Bool)] = [
            (0, 0, true), (10, 10, true), (310, 20, true), (86_400, 30, false), (86_410, 40, false), (340, 50, true),
            (-1_000, 60, false),
        ]
        for (seconds, uptime, isTrusted) in moments {
            let now = Timestamp(seconds: 1_767_225_600 + seconds)
            let trusts = clock.trusts(now, uptime: uptime * 1_000_000)
            #expect(trusts == isTrusted, "at \(seconds) s")
        }
    }
}
