import KMSCore
import KMSTestKit
import Testing

@Suite("Managing keys")
struct KeyTests {
    @Test("a fresh key is described as the API documents")
    func freshKey() async throws {
        let bench = try Bench()
        let answer = try await bench.call("CreateKey", ["Description": "first"])
        let made = try #require(answer["KeyMetadata"])
        let id = try #require(made["KeyId"]?.text)
        #expect(made["Arn"] == .text("acs:kms:cn-hangzhou:1000000000000001:key/\(id)"))
        #expect(made["CreationDate"] == .text("2026-01-01T00:00:00Z"))
        #expect(made["LastRotationDate"] == .text("2026-01-01T00:00:00Z"))
        let texts = [
            "Creator": "1000000000000001", "Description": "first", "KeySpec": "Aliyun_AES_256",
            "KeyUsage": "ENCRYPT/DECRYPT", "KeyState": "Enabled", "Origin": "Aliyun_KMS",
            "ProtectionLevel": "SOFTWARE", "DeleteDate": "", "MaterialExpireTime": "",
            "AutomaticRotation": "Disabled",
        ]
        for (name, text) in texts { #expect(made[name] == .text(text), "\(name)") }
        for name in ["RotationInterval", "NextRotationDate", "DeletionProtection"] { #expect(made[name] == nil) }
        let described = try await bench.metadata(of: id)
        #expect(described["DeletionProtection"] == .text("Disabled"))
        #expect(described["DeletionProtectionDescription"] == nil)
    }

    @Test(
        "what this server does not hold is recognised and refused with the documented code",
        arguments: [
            (["KeySpec": "EC_SM2"], "Unsupported.ProtectionLevel"),
            (["KeySpec": "Aliyun_SM4"], "Unsupported.ProtectionLevel"),
            (["Origin": "EXTERNAL", "KeySpec": "Aliyun_SM4"], "Unsupported.ProtectionLevel"),
            (["KeySpec": "Aliyun_AES_128"], "InvalidParameter"), (["KeySpec": "aliyun_aes_256"], "InvalidParameter"),
            (["KeyUsage": "SIGN/VERIFY"], "InvalidParameter"),
            (["KeySpec": "EC_P256", "KeyUsage": "ENCRYPT/DECRYPT"], "InvalidParameter"),
            (["KeySpec": "EC_P256K", "KeyUsage": "ENCRYPT/DECRYPT"], "InvalidParameter"),
            (["KeySpec": "RSA_2048", "Origin": "EXTERNAL"], "InvalidParameter"),
            (
                ["KeySpec": "RSA_2048", "EnableAutomaticRotation": "true", "RotationInterval": "7d"],
                "InvalidParameter"
            ),
            (["Origin": "external"], "InvalidParameter"),
            (["ProtectionLevel": "Software"], "InvalidParameter"),
            (["DKMSInstanceId": "kst-1"], "Forbidden.DKMSInstanceNotFound"), (["Policy": "{}"], "UnsupportedOperation"),
            (["EnableAutomaticRotation": "yes"], "InvalidParameter"),
            (["EnableAutomaticRotation": "true"], "MissingParameter"), (["KeySpec.1": "x"], "InvalidParameter"),
        ] as [(KeyValuePairs<String, String>, String)]
    )
    func refusedKeys(_ parameters: KeyValuePairs<String, String>, _ code: String) async throws {
        let bench = try Bench()
        #expect(await bench.code("CreateKey", parameters) == code)
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(0))
    }

    @Test("a description has 8,192 characters at most, and can be emptied but not left out")
    func descriptions() async throws {
        let bench = try Bench()
        let long = String(repeating: "密", count: 8_192)
        let key = try await bench.makeKey(["Description": long])
        #expect(try await bench.metadata(of: key)["Description"] == .text(long))
        #expect(await bench.code("CreateKey", ["Description": long + "x"]) == "InvalidParameter")
        #expect(await bench.code("UpdateKeyDescription", ["KeyId": key]) == "MissingParameter")
        #expect(await bench.code("UpdateKeyDescription", ["KeyId": key, "Description": "a\0b"]) == "InvalidParameter")
        try await bench.call("UpdateKeyDescription", ["KeyId": key, "Description": ""])
        #expect(try await bench.metadata(of: key)["Description"] == .text(""))
    }

    @Test("keys are listed in the order of their creation, page by page, with the true count")
    func listing() async throws {
        let bench = try Bench()
        var made: [String] = []
        for _ in 0..<25 { made.append(try await bench.makeKey()) }
        var listed: [String] = []
        for page in 1...4 {
            let answer = try await bench.call("ListKeys", ["PageNumber": "\(page)", "PageSize": "10"])
            #expect(answer["TotalCount"] == .number(25))
            #expect(answer["PageNumber"] == .number(page))
            #expect(answer["PageSize"] == .number(10))
            listed += try #require(answer["Keys"]?["Key"]).elements.compactMap { $0["KeyId"]?.text }
        }
        #expect(listed == made)
        for wrong in ["0", "101", "x"] {
            #expect(await bench.code("ListKeys", ["PageSize": wrong]) == "InvalidParameter")
        }
        #expect(await bench.code("ListKeys", ["PageNumber": "0"]) == "InvalidParameter")
        #expect(await bench.code("ListKeys", ["PageNumber": "9223372036854775807"]) == nil)
    }

    @Test(
        "filters of different keys must all hold, values of one key may each",
        arguments: [
            (#"[]"#, 3), (#"[{"Key":"KeyState","Values":["Enabled"]}]"#, 1),
            (#"[{"Key":"KeyState","Values":["Enabled","Disabled"]}]"#, 2),
            (#"[{"Key":"KeyState","Values":["Enabled"]},{"Key":"KeyState","Values":["PendingDeletion"]}]"#, 2),
            (#"[{"Key":"KeyState","Values":["Enabled"]},{"Key":"KeySpec","Values":["RSA_2048"]}]"#, 0),
            (#"[{"Key":"CreatorType","Values":["User"]},{"Key":"ProtectionLevel","Values":["SOFTWARE"]}]"#, 3),
            (#"[{"Key":"CreatorType","Values":["Service"]}]"#, 0), (#"[{"Key":"KeyState","Values":[]}]"#, 3),
            (#"[{"Key":"KeyUsage","Values":["ENCRYPT/DECRYPT"]}]"#, 3),
        ]
    )
    func filters(_ filters: String, _ count: Int) async throws {
        let bench = try Bench()
        _ = try await bench.makeKey()
        try await bench.call("DisableKey", ["KeyId": try await bench.makeKey()])
        try await bench.call("ScheduleKeyDeletion", ["KeyId": try await bench.makeKey()])
        #expect(try await bench.call("ListKeys", ["Filters": filters])["TotalCount"] == .number(count))
    }

    @Test(
        "filters that are not filters are refused",
        arguments: [
            "{}", "null", #"[{"Key":"Nothing","Values":[]}]"#, #"[{"Key":"KeyState","Values":["enabled"]}]"#,
            #"[{"Values":["Enabled"]}]"#, #"[{"Key":"KeyState","Values":"Enabled"}]"#,
            #"[{"Key":"KeyState","Values":[1]}]"#,
            #"[{"Key":"KeyState","Values":[],"More":1}]"#, "[1]",
            "[" + String(repeating: #"{"Key":"KeyState","Values":[]},"#, count: 10)
                + #"{"Key":"KeyState","Values":[]}]"#,
        ]
    )
    func refusedFilters(_ filters: String) async throws {
        #expect(try await Bench().code("ListKeys", ["Filters": filters]) == "InvalidParameter")
    }

    @Test("a key whose window has ended is gone on the second, before any upkeep")
    func deadline() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        try await bench.call("CreateAlias", ["KeyId": key, "AliasName": "alias/a"])
        let blob = try await bench.encrypt("text", under: key)
        try await bench.call("ScheduleKeyDeletion", ["KeyId": key, "PendingWindowInDays": "7"])
        #expect(try await bench.metadata(of: key)["DeleteDate"] == .text("2026-01-08T00:00:00Z"))
        bench.clock.advance(seconds: 7 * 86_400 - 1)
        #expect(try await bench.metadata(of: key)["KeyState"] == .text("PendingDeletion"))
        bench.clock.advance(seconds: 1)
        #expect(await bench.code("DescribeKey", ["KeyId": key]) == "Forbidden.KeyNotFound")
        #expect(await bench.code("CancelKeyDeletion", ["KeyId": key]) == "Forbidden.KeyNotFound")
        #expect(await bench.code("Decrypt", ["CiphertextBlob": blob]) == "Forbidden.KeyNotFound")
        #expect(await bench.code("DescribeKey", ["KeyId": "alias/a"]) == "Forbidden.AliasNotFound")
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(0))
        #expect(try await bench.call("ListAliases")["TotalCount"] == .number(0))
    }

    @Test("the window is 7 to 30 days, 30 without a word, and a setting raises it")
    func windows() async throws {
        let bench = try Bench()
        for days in ["6", "31", "0", "x"] {
            let key = try await bench.makeKey()
            let code = await bench.code("ScheduleKeyDeletion", ["KeyId": key, "PendingWindowInDays": days])
            #expect(code == "InvalidParameter")
        }
        let key = try await bench.makeKey()
        try await bench.call("ScheduleKeyDeletion", ["KeyId": key])
        #expect(try await bench.metadata(of: key)["DeleteDate"] == .text("2026-01-31T00:00:00Z"))
        let raised = try Bench(longestPendingWindow: 366)
        let other = try await raised.makeKey()
        #expect(await raised.code("ScheduleKeyDeletion", ["KeyId": other, "PendingWindowInDays": "366"]) == nil)
    }

    @Test("a protected key is not scheduled for deletion until the protection is lifted")
    func deletionProtection() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let arn = "acs:kms:cn-hangzhou:1000000000000001:key/\(key)"
        try await bench.call(
            "SetDeletionProtection",
            [
                "ProtectedResourceArn": arn, "EnableDeletionProtection": "True",
                "DeletionProtectionDescription": "mine",
            ]
        )
        #expect(try await bench.metadata(of: key)["DeletionProtectionDescription"] == .text("mine"))
        #expect(await bench.code("ScheduleKeyDeletion", ["KeyId": key]) == "Rejected.UnsupportedOperation")
        try await bench.call(
            "SetDeletionProtection",
            ["ProtectedResourceArn": arn, "EnableDeletionProtection": "false"]
        )
        #expect(await bench.code("ScheduleKeyDeletion", ["KeyId": key]) == nil)
        let bare = await bench.code(
            "SetDeletionProtection",
            ["ProtectedResourceArn": key, "EnableDeletionProtection": "true"]
        )
        #expect(bare == "InvalidParameter")
    }

    @Test("where an alias is not accepted, it is refused before anything is looked up")
    func aliasNotAccepted() async throws {
        let bench = try Bench()
        for action in ["EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "ListResourceTags"] {
            #expect(await bench.code(action, ["KeyId": "alias/none"]) == "Unsupported.Alias")
        }
    }

    @Test("a key is found by id in either case, by ARN and by alias; anything else is not found")
    func references() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        try await bench.call("CreateAlias", ["KeyId": key, "AliasName": "alias/a"])
        for name in [
            key, key.uppercased(), "alias/a", "acs:kms:cn-hangzhou:1000000000000001:key/\(key)",
            "acs:kms:cn-hangzhou:1000000000000001:alias/a",
        ] {
            let answer = try await bench.call("DescribeKey", ["KeyId": name])
            #expect(answer["KeyMetadata"]?["KeyId"] == .text(key))
        }
        for name in [
            "x", "acs:kms:cn-hangzhou:1000000000000001:key", "acs:kms:cn-beijing:1000000000000001:key/\(key)",
            "acs:kms:cn-hangzhou:2000000000000002:key/\(key)", "acs:ram:cn-hangzhou:1000000000000001:key/\(key)",
        ] {
            #expect(await bench.code("DescribeKey", ["KeyId": name]) == "Forbidden.KeyNotFound")
        }
        for name in ["alias/b", "alias/", "alias/ü"] {
            #expect(await bench.code("DescribeKey", ["KeyId": name]) == "Forbidden.AliasNotFound")
        }
    }
}
