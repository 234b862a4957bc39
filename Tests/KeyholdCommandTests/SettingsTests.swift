import FoundationEssentials
import Glibc
import Testing

@testable import keyhold

@Suite("Settings come from flags, environment and profile, in that order")
struct SettingsTests {
    private let home = URL.temporaryDirectory.appending(path: "keyhold-\(UUID().uuidString)").path

    private func connection(_ options: [String], _ environment: [String: String] = [:]) throws -> Connection {
        let invocation = try #require(try Invocation(reading: ["kms", "ListKeys"] + options))
        return try Connection(
            options: invocation.options,
            environment: Environment(environment.merging(["HOME": home]) { given, _ in given })
        )
    }

    private func write(_ text: String, to name: String) throws {
        let path = URL(filePath: "\(home)/\(name)")
        try FileManager.default.createDirectory(
            at: path.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: path)
    }

    private func withFiles(own: String? = nil, aliyun: String? = nil, _ body: () async throws -> Void) async throws {
        if let own { try write(own, to: ".keyhold/config.json") }
        if let aliyun { try write(aliyun, to: ".aliyun/config.json") }
        defer { try? FileManager.default.removeItem(atPath: home) }
        try await body()
    }

    /// As version 3.0 of the aliyun CLI writes it, fields that Keyhold does not know included.
    private let aliyunFile = """
        {"current": "work", "profiles": [
          {"name": "default", "mode": "AK", "access_key_id": "", "access_key_secret": "", "sts_token": "",
           "ram_role_name": "", "expired_seconds": 900, "region_id": "", "output_format": "json", "language": "en",
           "retry_timeout": 0, "retry_count": 0},
          {"name": "work", "mode": "AK", "access_key_id": "work-id", "access_key_secret": "work-secret",
           "region_id": "cn-beijing", "endpoint": "kms.cn-beijing.example.com", "output_format": "cols"},
          {"name": "session", "mode": "StsToken", "access_key_id": "STS.id", "access_key_secret": "s",
           "sts_token": "token", "region_id": "cn-shanghai", "endpoint": "127.0.0.1:8080"},
          {"name": "role", "mode": "RamRoleArn", "access_key_id": "a", "access_key_secret": "b"}
        ], "meta_path": ""}
        """

    private let ownFile = """
        {"current": "lab", "profiles": [{"name": "lab", "access_key_id": "lab-id", "access_key_secret": "lab-secret",
         "endpoint": "localhost:9443", "ca_file": "/lab/ca.pem", "region_id": "cn-lab", "output_format": "text"}]}
        """

    @Test("dev.env alone is enough, and its plain endpoint is preferred")
    func devEnvironmentAlone() throws {
        let connection = try connection([], devEnvironment)
        #expect(connection.endpoint.url == "http://127.0.0.1:8080/")
        #expect(connection.credentials.accessKeyID == "dev")
        #expect(connection.region == "cn-hangzhou")
    }

    @Test("the TLS endpoint is used where it is the only one, or where the plain one is another machine")
    func tlsEndpoint() throws {
        var environment = devEnvironment
        environment["KEYHOLD_ENDPOINT"] = "10.0.0.1:8080"
        #expect(try connection([], environment).endpoint.url == "https://127.0.0.1:8443/")
        environment["KEYHOLD_ENDPOINT"] = nil
        let connection = try connection([], environment)
        #expect(connection.endpoint.url == "https://127.0.0.1:8443/")
        #expect(connection.certificateAuthority == "/dev/ca.pem")
        #expect(try self.connection(["--endpoint", "127.0.0.1:8443"], devEnvironment).endpoint.scheme == .https)
    }

    @Test("plain HTTP leaves this machine only where it is allowed to")
    func plainHTTP() throws {
        var environment = devEnvironment
        environment["KEYHOLD_TLS_ENDPOINT"] = nil
        environment["KEYHOLD_ENDPOINT"] = "10.0.0.1:8080"
        #expect(throws: Failure.self) { try connection([], environment) }
        #expect(try connection(["--insecure"], environment).endpoint.url == "http://10.0.0.1:8080/")
        #expect(throws: Failure.self) { try connection(["--endpoint", "http://kms.example.com"], devEnvironment) }
        #expect(
            try connection(["--endpoint", "kms.example.com"], devEnvironment).endpoint.url == "https://kms.example.com/"
        )
        // Names that only look like this machine.
        #expect(try connection(["--endpoint", "127.0.0.1.example.com"], devEnvironment).endpoint.scheme == .https)
        #expect(try connection(["--endpoint", "localhost.example.com"], devEnvironment).endpoint.scheme == .https)
    }

    @Test("flags come before the environment, and an access key is never mixed of two sources")
    func flags() throws {
        let connection = try connection(
            ["--endpoint", "localhost:1", "--access-key-id", "a", "--access-key-secret", "b"],
            devEnvironment
        )
        #expect(connection.endpoint.url == "http://localhost:1/")
        #expect(connection.credentials.accessKeyID == "a")
        #expect(throws: Failure.self) { try self.connection(["--access-key-id", "a"], devEnvironment) }
        var half = devEnvironment
        half["KEYHOLD_ACCESS_KEY_SECRET"] = nil
        half["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "other"
        #expect(throws: Failure.self) { try self.connection([], half) }
    }

    @Test("a region is not sent to an endpoint that was named before it")
    func regionRank() throws {
        #expect(try connection(["--endpoint", "localhost:1"], devEnvironment).region == nil)
        #expect(try connection(["--region", "cn-x"], devEnvironment).region == "cn-x")
    }

    @Test("the aliyun CLI's variables are read after Keyhold's own")
    func aliyunVariables() throws {
        let aliyun = [
            "ALIBABA_CLOUD_ENDPOINT": "127.0.0.1:7", "ALIBABA_CLOUD_ACCESS_KEY_ID": "ali",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s", "ALIBABA_CLOUD_SECURITY_TOKEN": "t",
        ]
        let alone = try connection([], aliyun)
        #expect(alone.endpoint.url == "http://127.0.0.1:7/")
        #expect(alone.credentials.securityToken == "t")
        let both = try connection([], aliyun.merging(devEnvironment) { _, own in own })
        #expect(both.credentials.accessKeyID == "dev")
        #expect(both.credentials.securityToken == nil)
        #expect(both.endpoint.port == 8080)
    }

    @Test("the current profile of the aliyun CLI's file serves where nothing else is set")
    func aliyunFileAlone() async throws {
        try await withFiles(aliyun: aliyunFile) {
            let connection = try connection([])
            #expect(connection.endpoint.url == "https://kms.cn-beijing.example.com/")
            #expect(connection.credentials.accessKeyID == "work-id")
            #expect(connection.region == "cn-beijing")
            #expect(connection.output == .json)
            #expect(try self.connection(["--profile", "session"]).credentials.securityToken == "token")
            #expect(throws: Failure.self) { try self.connection(["--profile", "role"]) }
            #expect(throws: Failure.self) { try self.connection(["--profile", "absent"]) }
        }
    }

    @Test("Keyhold's own file comes before the aliyun CLI's, and both are searched for a name")
    func bothFiles() async throws {
        try await withFiles(own: ownFile, aliyun: aliyunFile) {
            let current = try connection([])
            #expect(current.endpoint.url == "https://localhost:9443/")
            #expect(current.certificateAuthority == "/lab/ca.pem")
            #expect(current.output == .text)
            #expect(try connection(["--profile=work"]).credentials.accessKeyID == "work-id")
            #expect(
                try connection(["--config-path", "\(home)/.aliyun/config.json"]).credentials.accessKeyID == "work-id"
            )
        }
    }

    @Test("the environment comes before the current profile, a profile named by a flag before the environment")
    func profileRank() async throws {
        try await withFiles(own: ownFile) {
            let unnamed = try connection([], devEnvironment)
            let named = try connection(["--profile", "lab"], devEnvironment)
            #expect(unnamed.credentials.accessKeyID == "dev")
            #expect(named.credentials.accessKeyID == "lab-id")
        }
    }

    @Test("a broken file is named, and does not stop a call that needs none")
    func brokenFile() async throws {
        try await withFiles(own: "{") {
            let complete = try connection([], devEnvironment)
            #expect(complete.credentials.accessKeyID == "dev")
            #expect(throws: Failure.self) { try connection([]) }
        }
    }

    @Test("what configure set writes is private, is read again, and is shown without its secret")
    func configure() async throws {
        try await withFiles {
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
            let set = await run(
                [
                    "configure", "set", "--profile", "p", "--mode", "AK", "--region", "cn-hangzhou", "--access-key-id",
                    "id",
                    "--access-key-secret", "-", "--endpoint", "127.0.0.1:8080",
                ],
                environment: ["HOME": home],
                input: "-very-secret-"
            )
            #expect(set.status == .success, "\(set.complaint)")
            let path = "\(home)/.keyhold/config.json"
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            #expect(try connection([]).credentials.accessKeyID == "id")

            for command in [["list"], ["get"], ["get", "access_key_secret"]] {
                let shown = await run(["configure"] + command, environment: ["HOME": home])
                #expect(shown.status == .success)
                #expect(!shown.output.isEmpty)
                #expect(!shown.output.contains("very-secret"))
            }
            // A second profile neither becomes current nor touches the first.
            _ = await run(
                ["configure", "set", "--profile", "q", "--access-key-id", "q", "--access-key-secret", "s"],
                environment: ["HOME": home]
            )
            #expect(try connection([]).credentials.accessKeyID == "id")
            _ = await run(["configure", "switch", "--profile", "q"], environment: ["HOME": home])
            let current = await run(["configure", "get", "access_key_id"], environment: ["HOME": home])
            #expect(current.output == "access_key_id=q\n")
        }
    }

    @Test("whoever names an authority means TLS, also where a profile or the environment names the endpoint")
    func namedAuthority() async throws {
        try await withFiles(aliyun: aliyunFile) {
            let plain = try connection(["--profile", "session"])
            let secure = try connection(["--profile", "session", "--ca", "ca.pem"])
            let environment = [
                "ALIBABA_CLOUD_ENDPOINT": "127.0.0.1:8443", "KEYHOLD_ACCESS_KEY_ID": "a",
                "KEYHOLD_ACCESS_KEY_SECRET": "b",
            ]
            let surrounding = try connection(["--ca", "ca.pem"], environment)
            #expect(plain.endpoint.url == "http://127.0.0.1:8080/")
            #expect(secure.endpoint.url == "https://127.0.0.1:8080/")
            #expect(surrounding.endpoint.url == "https://127.0.0.1:8443/")
        }
    }

    @Test(
        "an endpoint that cannot be one is refused",
        arguments: [
            "", ":80", "a:0", "a:65536", "a:b", "a:1:2", "u@h:1", "http://", "[::1", "[x]:1", "a/b:1", "ftp://a:1",
        ]
    )
    func malformedEndpoints(text: String) {
        #expect(throws: Failure.self) { try Endpoint(text) { _ in .http } }
    }

    @Test("an IPv6 address keeps its brackets on the wire alone")
    func ipv6() throws {
        let endpoint = try Endpoint("[::1]:8080") { $0 ? .http : .https }
        #expect(endpoint.host == "::1")
        #expect(endpoint.url == "http://[::1]:8080/")
    }
}
