import KMSCore
import NIOCore
import NIOEmbedded
import Testing

@testable import KMSServer

/// What one connection does with what arrives on it.
@Suite struct RPCHandlerTests {
    private let bench = Bench()
    private let nothing = "GET /?Action=Nothing&Version=2016-01-20&AccessKeyId=AK HTTP/1.1\r\nHost: a\r\n"
    private func echo(_ text: String) -> String {
        "GET /?Action=Echo&Text=\(text)&Version=2016-01-20&AccessKeyId=AK HTTP/1.1\r\nHost: a\r\n\r\n"
    }

    /// Sends bytes and checks that exactly one JSON error answers them, after which the connection ends.
    private func refusal(_ bytes: [UInt8], thenEnd: Bool = false) throws -> HTTPAnswer {
        let connection = try bench.connection()
        try connection.send(bytes)
        if thenEnd { connection.endInput() }
        try connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let answers = try connection.answers()
        #expect(answers.count == 1)
        let answer = try #require(answers.first)
        #expect((400..<500).contains(answer.status) && answer.closes)
        let value = try answer.json()
        #expect(value["Code"]?.string != nil && value["Message"]?.string != nil && value["RequestId"]?.string != nil)
        return answer
    }

    @Test("pipelined requests are answered in order")
    func pipelining() throws {
        let connection = try bench.connection()
        try connection.send((0..<20).map { echo("t\($0)") }.joined())
        #expect(try connection.answers().map { try $0.json()["Text"]?.string } == (0..<20).map { "t\($0)" })
    }

    @Test("a request may arrive byte by byte")
    func byteByByte() throws {
        let connection = try bench.connection()
        for byte in Array(echo("slowly").utf8) { try connection.send([byte]) }
        #expect(try connection.answers().map { try $0.json()["Text"]?.string } == ["slowly"])
    }

    @Test("what is unreadable after whole requests is answered after them")
    func garbageAfterRequests() throws {
        let connection = try bench.connection()
        try connection.send(echo("a") + "\u{1}\u{2}garbage\r\n\r\n" + echo("b"))
        let answers = try connection.answers()
        #expect(answers.map(\.status) == [200, 400])
        #expect(answers.last?.closes == true)
    }

    @Test(
        "bytes that are no HTTP are answered with one JSON error",
        arguments: [
            "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}\u{3}\u{3}", "GET /\r\n", "GET / HTTP/0.9\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET\u{0} / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\u{0}b\r\n\r\n", "GET / HTTP/1.1\r\nNo colon\r\n\r\n", "\u{0}\u{0}\u{0}\u{0}",
            "GET / HTTP/1.1\r\nHost: a\r\n : b\r\n\r\n", "get / http/1.1\r\n\r\n", "{\"Action\":null}",
            "GET /?a=\u{0} HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
    )
    func noHTTP(_ text: String) throws {
        _ = try refusal(text.unicodeScalars.map { UInt8($0.value) }, thenEnd: true)
    }

    @Test("a request line of 300 KiB gets a complete error, then the end")
    func tooLongTarget() throws {
        let answer = try refusal(Array(echo(String(repeating: "x", count: 300 * 1_024)).utf8))
        #expect(try answer.json()["Message"]?.string?.contains("262144 bytes") == true)
    }

    @Test("the target and the body have their limits to the byte")
    func exactLimits() throws {
        let limit = 256 * 1_024
        let frame = "/?Action=Nothing&Version=2016-01-20&AccessKeyId=AK&x="
        func answer(_ count: Int) throws -> HTTPAnswer? {
            let connection = try bench.connection()
            let target = frame + String(repeating: "x", count: count - frame.utf8.count)
            try connection.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            return try connection.answers().first
        }
        #expect(try answer(limit)?.status == 200)
        #expect(try answer(limit + 1)?.status == 400)
        func answer(body count: Int) throws -> HTTPAnswer? {
            let connection = try bench.connection()
            let body = "x=" + String(repeating: "x", count: count - 2)
            try connection.send(
                "POST \(frame) HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                    + "Content-Length: \(count)\r\n\r\n\(body.replacing("x=", with: "y="))"
            )
            return try connection.answers().first
        }
        #expect(try answer(body: limit)?.status == 200)
        #expect(try answer(body: limit + 1)?.status == 400)
    }

    @Test("headers beyond 32 KiB are refused, many and long ones alike")
    func headers() throws {
        let long = "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 33 * 1_024))\r\n\r\n"
        _ = try refusal(Array(long.utf8))
        let many = (0..<300).map { "X\($0): y\r\n" }.joined()
        _ = try refusal(Array("GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n".utf8))
        let token = "x-acs-security-token: \(String(repeating: "t", count: 8_000))\r\n\r\n"
        let connection = try bench.connection()
        try connection.send(nothing + token)
        #expect(try connection.answers().first?.status == 200)
    }

    @Test("a chunked body is read within the limit; a bad chunk is refused")
    func chunked() throws {
        let head =
            "POST /?Version=2016-01-20&AccessKeyId=AK HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        let connection = try bench.connection()
        try connection.send(head + "7\r\nAction=\r\n4\r\nEcho\r\n7\r\n&Text=x\r\n0\r\n\r\n" + echo("next"))
        #expect(try connection.answers().map { try $0.json()["Text"]?.string } == ["x", "next"])
        _ = try refusal(Array((head + "zz\r\nAction=Echo\r\n0\r\n\r\n").utf8))
        _ = try refusal(Array((head + "-1\r\n").utf8))
        let chunk = "10000\r\n\(String(repeating: "a", count: 65_536))\r\n"
        _ = try refusal(Array((head + String(repeating: chunk, count: 5)).utf8))
    }

    @Test("two lengths for one body are refused")
    func smuggling() throws {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        for lengths in [
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n",
            "Content-Length: -1\r\n", "Content-Length: 1x\r\n", "Content-Length: 99999999999999999999\r\n",
            "Content-Length: 300000\r\n", "Transfer-Encoding: gzip\r\n",
        ] { _ = try refusal(Array((head + lengths + "\r\na=1").utf8), thenEnd: true) }
    }

    @Test("Host must be there once")
    func host() throws {
        #expect(try bench.answer("GET / HTTP/1.1\r\n\r\n").status == 400)
        #expect(try bench.answer("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").status == 400)
    }

    @Test("truncated requests are answered when the client ends its side", arguments: [1, 5, 20, 40, 90])
    func truncated(_ count: Int) throws {
        let form = "POST /?Action=Echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabcdefghijklmnopqrstuvwxyz"
        _ = try refusal(Array(form.utf8.prefix(count)), thenEnd: true)
    }

    @Test("a client that ends its side still gets the answer to what it sent whole")
    func halfClosed() throws {
        let connection = try bench.connection()
        try connection.send(echo("last"))
        connection.endInput()
        #expect(try connection.answers().map(\.status) == [200])
        #expect(!connection.channel.isActive)
    }

    @Test("keep-alive follows version and Connection header")
    func keepAlive() throws {
        func answer(_ line: String, _ header: String) throws -> (HTTPAnswer, Bool) {
            let connection = try bench.connection()
            try connection.send(
                "GET /?Action=Nothing&Version=2016-01-20&AccessKeyId=AK \(line)\r\nHost: a\r\n\(header)\r\n"
            )
            connection.channel.embeddedEventLoop.run()
            return (try #require(try connection.answers().first), connection.channel.isActive)
        }
        #expect(try answer("HTTP/1.1", "").1)
        #expect(try answer("HTTP/1.1", "").0.header("connection") == nil)
        let closed = try answer("HTTP/1.1", "Connection: close\r\n")
        #expect(closed.0.closes && !closed.1)
        let old = try answer("HTTP/1.0", "")
        #expect(old.0.closes && !old.1)
        let kept = try answer("HTTP/1.0", "Connection: keep-alive\r\n")
        #expect(kept.0.header("connection") == "keep-alive" && kept.1)
        #expect(try answer("HTTP/1.1", "Connection: Upgrade\r\nUpgrade: h2c\r\n").0.closes)
    }

    @Test("Expect: 100-continue is answered before the body, once")
    func expectContinue() throws {
        let connection = try bench.connection()
        try connection.send(
            "POST /?Version=2016-01-20&AccessKeyId=AK HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\n"
        )
        #expect(try connection.answers().map(\.status) == [100])
        try connection.send("Action=Echo")
        #expect(try connection.answers().map(\.status) == [200])
    }

    @Test("an idle connection and one that sends no request are closed in time")
    func idle() throws {
        var limits = ConnectionLimits()
        limits.requestSeconds = 5
        limits.idleSeconds = 60
        let silent = try bench.connection(limits)
        try silent.send("GET / HT")
        silent.channel.embeddedEventLoop.advanceTime(by: .seconds(6))
        #expect(!silent.channel.isActive)
        let idle = try bench.connection(limits)
        try idle.send(echo("a"))
        idle.channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(idle.channel.isActive)
        try idle.send(echo("b"))
        idle.channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(idle.channel.isActive)
        idle.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!idle.channel.isActive)
        #expect(try idle.answers().count == 2)
    }

    @Test("a body that does not arrive in time is refused with an answer")
    func slowBody() throws {
        var limits = ConnectionLimits()
        limits.requestSeconds = 5
        let connection = try bench.connection(limits)
        try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na")
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        try connection.send("b")
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(try connection.answers().map(\.status) == [400])
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!connection.channel.isActive)
    }

    @Test("a drain closes idle connections at once")
    func drain() throws {
        let connection = try bench.connection()
        try connection.send(echo("a"))
        connection.channel.pipeline.fireUserInboundEventTriggered(Connections.Drain())
        connection.channel.embeddedEventLoop.run()
        #expect(!connection.channel.isActive)
        #expect(connection.connections.count == 0)
    }
}
