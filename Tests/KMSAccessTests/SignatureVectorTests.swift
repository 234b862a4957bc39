import KMSAccess
import KMSCore
import Testing

/// The vectors of the API's documentation and of captured SDK requests (spec 1.10), signed and verified.
struct SignatureVectorTests {
    @Test("V1: the KMS manual's example without a nonce")
    func v1KMSExample() async throws {
        let parameters = Parameters([
            "Action": "CreateKey", "Format": "json", "Version": "2016-01-20", "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0", "Timestamp": "2016-03-28T03:13:08Z", "AccessKeyId": "testid",
        ])
        try await check(parameters, method: "GET", signature: "41wk2SSX1GJh7fwnc5eqOfiJPFg=")
    }

    @Test("V1: the RAM manual's example")
    func v1RAMExample() async throws {
        let parameters = Parameters([
            "Action": "CreateUser", "UserName": "test", "Format": "JSON", "Version": "2015-05-01",
            "AccessKeyId": "testid", "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
            "SignatureNonce": "6a6e0ca6-4557-11e5-86a2-b8e8563dc8d2", "Timestamp": "2015-08-18T03:15:45Z",
        ])
        try await check(parameters, method: "GET", signature: "kRA2cnpJVacIhDMzXnoNZG9tDCI=")
    }

    @Test("V1: a captured Encrypt of the Python SDK, with a blank parameter")
    func v1PythonSDK() async throws {
        let parameters = Parameters([
            "Action": "Encrypt", "KeyId": "alias/x", "Plaintext": "aGk+/w==", "EncryptionContext": #"{"k":"v"}"#,
            "Format": "JSON", "RegionId": "cn-hangzhou", "SignatureType": "", "AccessKeyId": "testid",
            "SignatureNonce": "dd6694e9ab2e427445d8cdcf09a4de64", "Timestamp": "2026-11-24T02:28:13Z",
            "Version": "2016-01-20", "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
        ])
        try await check(parameters, method: "POST", signature: "7BxxZ9OOOP9Wtowtcmpr5ZZdfWU=")
    }

    private func check(_ parameters: Parameters, method: String, signature: String) async throws {
        #expect(try SignatureV1.sign(parameters, method: method, key: signingKey()) == signature)
        let written = try #require(parameters.value(of: "Timestamp"))
        let time = try #require(Timestamp(text: written))
        let request = SignedRequest.v1(parameters.setting("Signature", signature), method: method)
        let caller = try await Fixture().authenticator.authenticate(request, at: time).caller
        #expect(caller.accessKeyID == "testid")
        #expect(caller.account == AccountID("1"))
        let wrong = SignedRequest.v1(parameters.setting("Signature", signature.lowercased()), method: method)
        #expect(try await Fixture().refusal(wrong, at: time) == "SignatureDoesNotMatch")
    }

    @Test("V3: the documentation's RunInstances example, from our own signer")
    func v3DocumentationExample() async throws {
        var outgoing = SignatureV3.Outgoing(
            host: "ecs.cn-shanghai.aliyuncs.com",
            action: "RunInstances",
            version: "2014-05-26"
        )
        outgoing.query = Parameters([
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai",
        ])
        let time = try #require(Timestamp(text: Array("2023-10-26T10:22:32Z".utf8)))
        let headers = try SignatureV3.headers(
            for: outgoing,
            accessKeyID: "YourAccessKeyId",
            key: signingKey("YourAccessKeySecret"),
            nonce: "3156853299f313e23d1673dc12e1703d",
            at: time
        )
        #expect(
            headers.last?.value == "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
                + "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
                + "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        )
        let fixture = try await Fixture()
        try await fixture.add("YourAccessKeyId", secret: "YourAccessKeySecret", account: "3")
        #expect(await fixture.refusal(.v3(outgoing, headers: headers), at: time) == nil)
    }

    @Test("V3: a captured Encrypt of the new Python SDK, which signs every header")
    func v3PythonSDK() async throws {
        let bodyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let query = Parameters([
            "EncryptionContext": #"{"k":"v","é":"x y"}"#, "KeyId": "alias/x", "Plaintext": "aGk+/w==",
        ])
        let signed = [
            (name: "accept", value: "application/json"), (name: "host", value: "127.0.0.1:18791"),
            (name: "user-agent", value: "AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2"),
            (name: "x-acs-action", value: "Encrypt"), (name: "x-acs-content-sha256", value: bodyHash),
            (name: "x-acs-credentials-provider", value: "static_ak"),
            (name: "x-acs-date", value: "2026-11-24T02:28:14Z"),
            (name: "x-acs-signature-nonce", value: "14aac7e6d3ace86aa90fca1f6d8b17eb"),
            (name: "x-acs-version", value: "2016-01-20"),
        ]
        let list = signed.map(\.name).joined(separator: ";")
        let canonical = SignatureV3.canonicalRequest(
            method: "POST",
            query: try CanonicalQuery(query),
            headers: signed,
            signedHeaders: list,
            bodyHash: Array(bodyHash.utf8)
        )
        let stringToSign = SignatureV3.stringToSign(canonical)
        let hash = "e91476ae115fdb851c815679eaa549e2ed176753c36311a9a4b5335fa33dba7f"
        #expect(String(decoding: stringToSign, as: UTF8.self) == "ACS3-HMAC-SHA256\n" + hash)
        let signature = "b39869c98f08a4e5113c387be7d85da734a3d6c8cff377eb58c37ee57b2c5dd5"
        #expect(String(decoding: SignatureV3.signature(stringToSign, key: signingKey()), as: UTF8.self) == signature)

        // As the Java SDK orders it, with spaces.
        let authorization =
            "ACS3-HMAC-SHA256 Credential=testid, Signature=\(signature), SignedHeaders=\(list)"
        let request = SignedRequest(
            method: "POST",
            parameters: query,
            queryCount: 3,
            headers: signed + [(name: "authorization", value: authorization)],
            body: [],
            region: Fixture.region,
            isRegionNamed: false
        )
        let time = try #require(Timestamp(text: Array("2026-11-24T02:28:14Z".utf8)))
        let result = try await Fixture().authenticator.authenticate(request, at: time)
        #expect(result.caller.account == AccountID("1"))
        #expect(result.mark.timestamp == time)
    }

    @Test("the string to sign encodes the query twice and keeps what RFC 3986 leaves unreserved")
    func stringToSign() throws {
        let query = try CanonicalQuery(Parameters(["b": "~-._ *+/", "a": "é", "Signature": "x", "B": ""]))
        #expect(String(decoding: query.text, as: UTF8.self) == "B=&Signature=x&a=%C3%A9&b=~-._%20%2A%2B%2F")
        let text = SignatureV1.stringToSign(method: "POST", query)
        #expect(
            String(decoding: text, as: UTF8.self)
                == "POST&%2F&B%3D%26a%3D%25C3%25A9%26b%3D~-._%2520%252A%252B%252F"
        )
    }
}
