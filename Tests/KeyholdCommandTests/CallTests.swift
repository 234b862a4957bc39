import KMSAccess
import KMSCore
import Testing

@testable import keyhold

@Suite("A call, its output and its exit status")
struct CallTests {
    @Test("the parameters travel in a form that the signature covers")
    func signedForm() async throws {
        let server = FixedServer()
        let run = await run(
            ["kms", "Encrypt", "--KeyId", "alias/x", "--Plaintext", "aGk+/w==", "--Description="],
            server: server
        )
        #expect(run.status == .success)
        let call = try #require(server.calls.first)
        #expect(call.form == "KeyId=alias%2Fx&Plaintext=aGk%2B%2Fw%3D%3D&Description=&RegionId=cn-hangzhou")
        #expect(call.header("x-acs-action") == "Encrypt")
        #expect(call.header("x-acs-version") == "2016-01-20")
        #expect(call.header("x-acs-date") == "2023-11-14T22:13:20Z")
        #expect(call.header("host") == "127.0.0.1:8080")
        #expect(call.header("Authorization")?.contains("content-type;host;x-acs-action") ?? false)
    }

    @Test("other products and versions are named in the request, unknown operations are sent")
    func otherProducts() async throws {
        let server = FixedServer()
        _ = await run(["ram", "ListUsers"], server: server)
        _ = await run(["kms", "BrandNew", "--version", "2030-01-01"], server: server)
        #expect(server.calls.map { $0.header("x-acs-version") } == ["2015-05-01", "2030-01-01"])
        #expect(server.calls.map { $0.header("x-acs-action") } == ["ListUsers", "BrandNew"])
    }

    @Test("an answer is printed as indented JSON, members in their order, text unescaped")
    func jsonOutput() async {
        let answer = #"{"Keys":{"Key":[{"KeyId":"a"},{"KeyId":"é\n"}]},"TotalCount":2,"Empty":[],"None":{}}"#
        let run = await run(["kms", "ListKeys"], server: FixedServer(answer))
        #expect(
            run.output == """
                {
                  "Keys": {
                    "Key": [
                      {
                        "KeyId": "a"
                      },
                      {
                        "KeyId": "é\\n"
                      }
                    ]
                  },
                  "TotalCount": 2,
                  "Empty": [],
                  "None": {}
                }

                """
        )
        #expect(run.complaint.isEmpty)
    }

    @Test("text output has a line for each value, and no control character of the server's")
    func textOutput() async {
        let answer = #"{"Keys":{"Key":[{"KeyId":"a\u001b[2J"}]},"TotalCount":1,"More":false}"#
        let run = await run(["kms", "ListKeys", "--output=text"], server: FixedServer(answer))
        #expect(run.output == "Keys.Key.1.KeyId\ta\\u{1b}[2J\nTotalCount\t1\nMore\tfalse\n")
    }

    @Test("what is no JSON is passed on as it is")
    func otherOutput() async {
        let run = await run(["kms", "ListKeys", "--Format", "XML"], server: FixedServer("<KMS/>"))
        #expect(run.output == "<KMS/>\n")
    }

    @Test("an error of the service is exit status 1, with its fields on the standard error")
    func refused() async {
        let answer =
            #"{"RequestId":"r-1","HostId":"h","Code":"Forbidden.KeyNotFound","Message":"no key","Recommend":"look"}"#
        let run = await run(["kms", "DescribeKey", "--KeyId=x"], server: FixedServer(status: 404, answer))
        #expect(run.status == .refused)
        #expect(run.status.rawValue == 1)
        #expect(run.output.isEmpty)
        #expect(
            run.complaint.hasSuffix("Code: Forbidden.KeyNotFound\nMessage: no key\nRequestId: r-1\nRecommend: look\n")
        )
    }

    @Test("an operation that the server does not know either is answered with the one that was meant")
    func suggestedOperation() async {
        let answer = #"{"Code":"InvalidAction.NotFound","Message":"no such api"}"#
        let run = await run(["kms", "createkye"], server: FixedServer(status: 404, answer))
        #expect(run.complaint.hasSuffix("Did you mean CreateKey?\n"))
    }

    @Test("an error page of something in between is exit status 1 as well")
    func errorPage() async {
        let run = await run(["kms", "ListKeys"], server: FixedServer(status: 502, "<html>bad gateway</html>"))
        #expect(run.status == .refused)
        #expect(run.complaint.contains("502"))
    }

    @Test("no answer is exit status 3, and nothing is sent twice")
    func unreachable() async {
        let server = FixedServer(.failure(.unreachable("nobody listens")))
        let run = await run(["kms", "CreateKey"], server: server)
        #expect(run.status.rawValue == 3)
        #expect(server.calls.count == 1)
        #expect(run.complaint == "keyhold: nobody listens\n")
    }

    @Test("a port where nobody listens is said to be one", .timeLimit(.minutes(10)))
    func nobodyListens() async throws {
        let invocation = try #require(try Invocation(reading: ["kms", "ListKeys", "--endpoint", "127.0.0.1:1"]))
        let connection = try Connection(options: invocation.options, environment: Environment(devEnvironment))
        let call = try OutgoingCall(
            invocation,
            operation: "ListKeys",
            over: connection,
            at: Timestamp(seconds: 0),
            nonce: "n"
        )
        do {
            _ = try await HTTPTransport().send(call)
            Issue.record("Somebody listens on port 1.")
        } catch {
            #expect(error == .unreachable("http://127.0.0.1:1/ cannot be reached: Connection refused."))
        }
    }

    @Test(
        "wrong usage is exit status 2",
        arguments: [
            ["kms"], ["kms", "ListKeys", "--output", "yaml"], ["kms", "ListKeys", "--read-timeout", "0"],
            ["kmz", "ListKeys"],
            ["configure", "set", "--mode", "Magic"], ["configure", "get", "nothing"], ["--no-such-option"],
        ]
    )
    func usage(line: [String]) async {
        let server = FixedServer()
        let run = await run(
            line,
            environment: devEnvironment.merging(["HOME": "/nonexistent"]) { _, b in b },
            server: server
        )
        #expect(run.status.rawValue == 2, "\(run.complaint)")
        #expect(server.calls.isEmpty)
        #expect(!run.complaint.isEmpty)
        #expect(run.output.isEmpty)
    }

    @Test(
        "help and version go to the standard output",
        arguments: [
            ["--help"], ["-h"], ["--version"], ["kms", "--help"], ["kms", "CreateKey", "--help"],
            ["configure", "set", "--help"],
            ["--profile", "x", "kms", "-h"], [],
        ]
    )
    func help(line: [String]) async {
        let run = await run(line, environment: [:])
        #expect(run.status == .success)
        #expect(!run.output.isEmpty)
        #expect(run.complaint.isEmpty)
    }

    @Test("help is that of the command that is asked about", arguments: [["--help"], ["-h"], ["help"], []])
    func helpOfTheProgram(line: [String]) async {
        let run = await run(line, environment: [:])
        #expect(run.output.contains("Calls any operation") && run.output.contains("keyhold kms <Operation>"))
    }

    @Test("a dry run shows the signed request, and neither secret nor token")
    func dryRun() async {
        let server = FixedServer()
        let run = await run(
            [
                "kms", "Encrypt", "--Plaintext", "x", "--dryrun", "--access-key-id", "STS.a", "--access-key-secret",
                "hidden-s",
                "--sts-token", "hidden-t",
            ],
            server: server
        )
        #expect(run.status == .success)
        #expect(server.calls.isEmpty)
        #expect(run.output.contains("Authorization: ACS3-HMAC-SHA256 Credential=STS.a"))
        #expect(run.output.contains("Plaintext=x"))
        #expect(!run.output.contains("hidden"))
    }

    @Test("every operation of the catalogue is known by name")
    func catalogue() {
        #expect(Set(Catalogue.kms().names).isSubset(of: Product.kms.operationNames))
    }
}
