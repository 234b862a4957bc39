import KMSCore
import Testing

@testable import KMSServer

/// The order of checks (spec 1.6) and what each refusal leaves in the trail.
@Suite struct RPCResponderTests {
    private let bench = Bench()

    private func v3(_ query: String, _ headers: String) throws -> HTTPAnswer {
        try bench.answer(
            "POST /?\(query) HTTP/1.1\r\nhost: 127.0.0.1:1\r\n"
                + "Authorization: ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host,Signature=00\r\n\(headers)\r\n\r\n"
        )
    }

    private func code(_ answer: HTTPAnswer) throws -> String? { try answer.json()["Code"]?.string }

    @Test("a known action of a known caller is answered, with RequestId in body and header")
    func success() throws {
        let answer = try bench.get("Action=Nothing")
        #expect(answer.status == 200)
        #expect(try answer.json() == .object(["RequestId": .text("00000000-0000-0001-0000-000000000001")]))
        #expect(answer.header("x-acs-request-id") == "00000000-0000-0001-0000-000000000001")
        let record = try #require(bench.audit.records.first)
        #expect(record.action == "Nothing" && record.outcome == .success && record.source == "192.0.2.7")
        #expect(record.account == bench.authenticator.account && record.region?.description == "cn-hangzhou")
    }

    @Test("the errors of what stands before the doorway")
    func early() throws {
        #expect(try code(bench.get("Action=Nothing&Format=YAML")) == "InvalidParameter.Format")
        #expect(try code(bench.get("")) == "MissingAction")
        #expect(try code(bench.answer("GET /?Action=Echo HTTP/1.1\r\nHost: a\r\n\r\n")) == "MissingVersion")
        #expect(try code(bench.get("Action=Nope")) == "InvalidAction.NotFound")
        #expect(
            try code(bench.answer("GET /?Action=Echo&Version=2020-01-01 HTTP/1.1\r\nHost: a\r\n\r\n"))
                == "InvalidVersion"
        )
        #expect(
            try code(bench.answer("GET /?Action=Echo&Version=2016-01-20 HTTP/1.1\r\nHost: a\r\n\r\n"))
                == "MissingAccessKeyId"
        )
        #expect(try code(bench.get("Action=Echo", host: "kms.cn-qingdao.aliyuncs.com")) == "InvalidParameter")
    }

    @Test("an action is compared by bytes: a Kelvin sign is no K, case counts")
    func actionByBytes() throws {
        #expect(try bench.get("Action=KelvinTest").status == 200)
        #expect(try bench.get("Action=%E2%84%AAelvinTest").status == 404)
        #expect(try bench.get("Action=kelvinTest").status == 404)
        #expect(try bench.get("Action=KelvinTest%00").status == 404)
    }

    @Test("refusals are in the trail, by catalogue name or as unknown, with the key id as claimed")
    func refusals() throws {
        _ = try bench.get("Action=Nope")
        _ = try bench.answer(
            "GET /?Action=Echo&Version=2016-01-20&AccessKeyId=\(String(repeating: "x", count: 200))%00 HTTP/1.1\r\n"
                + "Host: a\r\n\r\n"
        )
        _ = try bench.answer(
            "GET /?Action=Echo&Version=2016-01-20&AccessKeyId=a%0Ab%C3%A9 HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        _ = try bench.answer("PUT / HTTP/1.1\r\nHost: a\r\n\r\n")
        let records = bench.audit.records
        #expect(records.map(\.action) == ["unknown", "Echo", "Echo", "unknown"])
        #expect(records.map(\.outcome) == [.refused, .refused, .refused, .refused])
        #expect(records[0].errorCode == "InvalidAction.NotFound")
        #expect(records[1].accessKeyID == String(repeating: "x", count: 128))
        #expect(records[2].accessKeyID == "a?b??")
        #expect(records.allSatisfy { $0.account == nil && $0.principal == nil })
    }

    @Test("under V3 the header or the query names the action, and both must agree")
    func v3Action() throws {
        #expect(try v3("", "x-acs-action: Nothing\r\nx-acs-version: 2016-01-20").status == 200)
        #expect(try v3("Action=Nothing&Version=2016-01-20", "x-a: b").status == 200)
        #expect(
            try code(v3("Action=Echo&Version=2016-01-20", "x-acs-action: Nothing")) == "InvalidParameter"
        )
        #expect(try code(v3("", "x-acs-version: 2016-01-20")) == "MissingAction")
        #expect(try v3("", "x-acs-action: Echo\r\nx-acs-action: Echo\r\nx-acs-version: 2016-01-20").status == 400)
        #expect(bench.audit.records.last?.accessKeyID == "AK")
        let inForm = try bench.answer(
            "POST / HTTP/1.1\r\nhost: a\r\nAuthorization: ACS3-HMAC-SHA256 Credential=AK\r\n"
                + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 33\r\n\r\n"
                + "Action=Nothing&Version=2016-01-20"
        )
        #expect(try code(inForm) == "MissingAction")
    }

    @Test("the header x-acs-action alone neither chooses V3 nor names the action")
    func headerAlone() throws {
        let answer = try bench.answer(
            "POST /?Action=Nothing&Version=2016-01-20&AccessKeyId=AK HTTP/1.1\r\nHost: a\r\nx-acs-action: Echo\r\n\r\n"
        )
        #expect(answer.status == 200)
        #expect(bench.authenticator.requests.last?.usesV3 == false)
        let without = try bench.answer(
            "POST /?AccessKeyId=AK HTTP/1.1\r\nHost: a\r\nx-acs-action: Nothing\r\nx-acs-version: 2016-01-20\r\n\r\n"
        )
        #expect(try code(without) == "MissingAction")
    }

    @Test("the signature sees parameters in order, headers in lower case and trimmed, the body as received")
    func signedRequest() throws {
        let form = "B=2+3&A=%2B"
        _ = try bench.answer(
            "POST /?Action=Nothing&Version=2016-01-20&AccessKeyId=AK&SignatureType= HTTP/1.1\r\nHOST:  kms.cn-beijing.x \r\n"
                + "X-Custom: \t v w \t\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
                + "Authorization: ACS3-HMAC-SHA256 Credential=AK\r\n"
                + "Content-Length: \(form.utf8.count)\r\n\r\n\(form)"
        )
        let request = try #require(bench.authenticator.requests.last)
        #expect(request.method == "POST")
        #expect(request.queryCount == 4)
        #expect(request.parameters.entries.count == 6)
        #expect(request.parameters.value(of: "B").map { Array($0) } == Array("2 3".utf8))
        #expect(request.header("x-custom") == "v w")
        #expect(request.header("host") == "kms.cn-beijing.x")
        #expect(request.body == Array(form.utf8))
        #expect(request.region.description == "cn-beijing" && request.isRegionNamed)
    }

    @Test("without V3 the signature sees no header")
    func withoutHeaders() throws {
        _ = try bench.answer(
            "GET /?Action=Nothing&Version=2016-01-20&AccessKeyId=AK HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n"
        )
        #expect(try #require(bench.authenticator.requests.last).headers.isEmpty)
    }

    @Test("a RegionId that differs from a named region is refused, and informational where none is named")
    func regionID() throws {
        #expect(try bench.get("Action=Nothing&RegionId=us-west-1").status == 200)
        #expect(try bench.get("Action=Nothing&RegionId=cn-beijing", host: "kms.cn-beijing.a").status == 200)
        #expect(try bench.get("Action=Nothing&RegionId=", host: "kms.cn-beijing.a").status == 200)
        #expect(
            try code(bench.get("Action=Nothing&RegionId=cn-hangzhou", host: "kms.cn-beijing.a")) == "InvalidParameter"
        )
        #expect(bench.audit.records.last?.account != nil)
    }

    @Test("a nonce is used once; a full share is throttled with x-acs-retry-after")
    func replay() throws {
        #expect(try bench.get("Action=Nothing&SignatureNonce=1").status == 200)
        #expect(try code(bench.get("Action=Nothing&SignatureNonce=1")) == "SignatureNonceUsed")
        bench.replay.setFull()
        let answer = try bench.get("Action=Nothing&SignatureNonce=2")
        #expect(answer.status == 429)
        #expect(try code(answer) == "Rejected.Throttling")
        #expect(answer.header("x-acs-retry-after") == "1000")
    }

    @Test("DryRun=true is checked and not done; anything but true and false is refused")
    func dryRun() throws {
        #expect(try code(bench.get("Action=Nothing&DryRun=True")) == "DryRunOperationError")
        #expect(try bench.get("Action=Nothing&DryRun=false").status == 200)
        #expect(try bench.get("Action=Nothing&DryRun=").status == 200)
        #expect(try code(bench.get("Action=Nothing&DryRun=yes")) == "InvalidParameter")
    }

    @Test("a failure of the service is 500 and says nothing of its cause; a trail that fails is 503")
    func failures() throws {
        let answer = try bench.get("Action=Break")
        #expect(answer.status == 500 && !answer.text.contains("melted"))
        bench.audit.setFails(true)
        let unrecorded = try bench.get("Action=Nothing")
        #expect(unrecorded.status == 503 && !unrecorded.text.contains("disk"))
        #expect(try bench.get("Action=Nope").status == 503)
        bench.audit.setFails(false)
        #expect(try bench.get("Action=Nothing").status == 200)
    }

    @Test("errors after the format is known are answered in it")
    func xmlErrors() throws {
        let answer = try bench.get("Action=Nope&Format=xml")
        #expect(answer.header("content-type") == "application/xml;charset=utf-8")
        #expect(answer.text.contains("<Error><Code>InvalidAction.NotFound</Code>"))
        let echo = try bench.get("Action=Echo&Format=XML&Text=a%3Cb")
        #expect(echo.text.contains("<EchoResponse><Text>a&lt;b</Text>"))
    }

    @Test("HostId is the host as the request named it, else the configured one")
    func hostID() throws {
        #expect(try bench.get("Action=Nope", host: "kms.test:8").json()["HostId"] == .text("kms.test:8"))
        let without = try bench.answer("GET / HTTP/1.0\r\n\r\n")
        #expect(try without.json()["HostId"] == .text("keyhold.test"))
    }
}
