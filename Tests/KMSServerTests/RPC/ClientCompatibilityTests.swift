import FoundationEssentials
import KMSCore
import Testing

@testable import KMSServer

/// What real clients send and need back, as observed with unmodified ones.
@Suite struct ClientCompatibilityTests {
    private let bench = Bench()
    private let common = "Version=2016-01-20&AccessKeyId=AK"

    @Test("V1 of the Python SDK: everything in the query of a POST with an empty body")
    func pythonV1() throws {
        let answer = try bench.answer(
            """
            POST /?KeyId=UUID&Text=aGk%2B%2Fw%3D%3D&EncryptionContext=%7B%22a%22%3A%22b%22%7D&\(common)&Action=Echo&Format=JSON\
            &RegionId=cn-hangzhou&Timestamp=2026-11-24T02%3A58%3A38Z&SignatureMethod=HMAC-SHA1&SignatureType=\
            &SignatureVersion=1.0&SignatureNonce=5a&Signature=l61PSvLQ%3D HTTP/1.1\r
            Host: 127.0.0.1:8080\r\nUser-Agent: AlibabaCloud (Linux;x86_64) Python/3.11.7 Core/2.16.1\r
            Accept-Encoding: identity\r\nAccept: */*\r\nConnection: keep-alive\r\nContent-Length: 0\r
            x-acs-action: Echo\r\nx-acs-version: 2016-01-20\r\nx-sdk-invoke-type: normal\r\n\r\n
            """
        )
        #expect(answer.status == 200)
        #expect(try answer.json()["Text"] == .text("aGk+/w=="))
    }

    @Test("a form body beside common parameters in the query, with a flattened context")
    func form() throws {
        let body = "EncryptionContext.a=b+c&EncryptionContext.n=1&Text=x"
        let answer = try bench.answer(
            "POST /?Action=Echo&Format=json&\(common) HTTP/1.1\r\nHost: a\r\n"
                + "content-type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        #expect(answer.status == 200)
        #expect(try answer.json()["Text"] == .text("x"))
    }

    @Test("a POST with neither Content-Length nor Transfer-Encoding has no body, and the connection stays")
    func noLength() throws {
        let connection = try bench.connection()
        for _ in 0..<2 {
            try connection.send("POST /?Action=Nothing&ServiceCode=kms&\(common) HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        let answers = try connection.answers()
        #expect(answers.map(\.status) == [200, 200])
        #expect(answers.allSatisfy { !$0.closes })
    }

    @Test(
        "an empty body may be of any type",
        arguments: ["application/x-www-form-urlencoded", "application/octet-stream", "application/json", nil]
    )
    func emptyBody(_ type: String?) throws {
        let header = type.map { "Content-Type: \($0)\r\n" } ?? ""
        let answer = try bench.answer(
            "POST /?Action=Nothing&\(common) HTTP/1.1\r\nHost: a\r\n\(header)Content-Length: 0\r\n\r\n"
        )
        #expect(answer.status == 200)
    }

    @Test("/ and /? are the path; anything else is not found")
    func paths() throws {
        for target in ["/", "/?"] {
            let answer = try bench.answer(
                "GET \(target) HTTP/1.1\r\nHost: a\r\nAuthorization: ACS3-HMAC-SHA256 Credential=AK\r\n"
                    + "x-acs-action: Nothing\r\nx-acs-version: 2016-01-20\r\naccept: application/json\r\n\r\n"
            )
            #expect(answer.status == 200)
        }
        for target in ["/x", "//", "/x?Action=Nothing", "http://a/?Action=Nothing", "*"] {
            let answer = try bench.answer("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.status == 404 || answer.status == 400)
            #expect(try answer.json()["Code"] != nil)
        }
    }

    @Test("Format may be JSON, json or absent", arguments: ["&Format=JSON", "&Format=json", "&Format=", ""])
    func formats(_ format: String) throws {
        let answer = try bench.get("Action=Nothing\(format)")
        #expect(answer.header("content-type") == "application/json;charset=utf-8")
    }

    @Test("an empty EncryptionContext means none")
    func emptyContext() throws {
        #expect(try bench.get("Action=Echo&EncryptionContext=").status == 200)
    }

    @Test("targets of 16 KiB and 200 KiB are read", arguments: [16, 200, 255])
    func longTargets(_ kibibytes: Int) throws {
        let text = String(repeating: "x", count: kibibytes * 1_024)
        let answer = try bench.get("Action=Echo&Text=\(text)")
        #expect(answer.status == 200)
        #expect(try answer.json()["Text"]?.string?.utf8.count == text.utf8.count)
    }

    @Test("methods other than GET and POST are refused in JSON", arguments: ["PUT", "DELETE", "PATCH", "OPTIONS"])
    func methods(_ method: String) throws {
        let answer = try bench.answer("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.status == 403)
        #expect(try answer.json()["Code"] == .text("UnsupportedHTTPMethod"))
    }

    @Test("HEAD is refused without a body, and the connection ends")
    func head() throws {
        let connection = try bench.connection()
        try connection.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try #require(try connection.answers(toHead: true).first)
        #expect(answer.status == 403 && answer.closes && answer.header("content-length") != "0")
    }

    @Test("application/json is on every answer, errors too")
    func contentType() throws {
        for request in [
            "GET /?Action=Nothing&\(common) HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GARBAGE\r\n\r\n", "PUT /x HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
            "GET /?Action=Break&\(common) HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            let answer = try bench.answer(request)
            #expect(answer.header("content-type") == "application/json;charset=utf-8")
            #expect(answer.header("date") == "Fri, 15 Jan 2027 08:00:00 GMT")
            #expect(try answer.json()["RequestId"]?.string == answer.header("x-acs-request-id"))
        }
    }

    @Test("operations that say nothing answer an object with RequestId, never an empty body")
    func neverEmpty() throws {
        let answer = try bench.get("Action=Nothing")
        #expect(answer.status == 200)
        #expect(answer.text.hasPrefix(#"{"RequestId":""#))
    }

    @Test("the five members of an error are strings")
    func errorMembers() throws {
        let value = try bench.get("Action=Nope").json()
        for name in ["Code", "Message", "RequestId", "HostId", "Recommend"] { #expect(value[name]?.string != nil) }
        #expect(value["HttpStatus"] == .number(404))
    }

    @Test("a wrong secret is answered with the exact sentence and the server's string to sign, which is not recorded")
    func wrongSecret() throws {
        let answer = try bench.get("Action=Nothing&Signature=wrong")
        #expect(answer.status == 400)
        let value = try answer.json()
        #expect(value["Code"] == .text("SignatureDoesNotMatch"))
        #expect(
            value["Message"]
                == .text(
                    "Specified signature is not matched with our calculation. server string to sign is:"
                        + "GET&%2F&AccessKeyId%3DAK"
                )
        )
        #expect(bench.audit.records.allSatisfy { !String(decoding: $0.line, as: UTF8.self).contains("%2F") })
    }

    @Test("lists are wrapped, numbers are numbers and booleans booleans")
    func shapes() throws {
        let value = try bench.get("Action=Echo&Number=3&Text=a").json()
        #expect(value["Number"] == .number(3))
        #expect(value["IsZero"] == .boolean(false))
        guard case .array(let keys) = value["Keys"]?["Key"] else { return #expect(Bool(false)) }
        #expect(keys.count == 2)
    }
}
