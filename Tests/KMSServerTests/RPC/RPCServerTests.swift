import KMSCore
import KMSCrypto
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import KMSServer

/// The server on real sockets.
@Suite(.timeLimit(.minutes(10))) struct RPCServerTests {
    private let request = "GET /?Action=Nothing&Version=2016-01-20&AccessKeyId=AK HTTP/1.1\r\nHost: a\r\n\r\n"
    private func wait(_ milliseconds: Int) -> String {
        "GET /?Action=Wait&Milliseconds=\(milliseconds)&Version=2016-01-20&AccessKeyId=AK HTTP/1.1\r\nHost: a\r\n\r\n"
    }
    private func echo(_ text: String) -> String {
        "GET /?Action=Echo&Text=\(text)&Version=2016-01-20&AccessKeyId=AK HTTP/1.1\r\nHost: a\r\n\r\n"
    }

    @Test("one connection serves many requests, and records the peer's address")
    func keepAlive() async throws {
        let bench = Bench()
        try await withServer(bench) { [request] bound, _ in
            #expect(bound.count == 1 && bound[0].address.port != 0)
            let client = try await LiveClient(to: bound[0].address)
            for _ in 0..<5 {
                try await client.send(request)
                #expect(try await client.answers(1).map(\.status) == [200])
            }
            await client.close()
        }
        #expect(bench.audit.records.map(\.source) == Array(repeating: "127.0.0.1", count: 5))
    }

    @Test("a request that suspends holds back the ones behind it, not their order")
    func order() async throws {
        try await withServer(Bench()) { [wait, echo] bound, _ in
            let client = try await LiveClient(to: bound[0].address)
            try await client.send(wait(30) + echo("a") + wait(10) + echo("b"))
            try await client.send(echo("c"))
            let answers = try await client.answers(5)
            #expect(try answers.map { try $0.json()["Text"]?.string } == [nil, "a", nil, "b", "c"])
            await client.close()
        }
    }

    @Test("a request line of 300 KiB and a flood of garbage get a complete answer, then the end")
    func complete() async throws {
        try await withServer(Bench()) { [echo] bound, _ in
            let long = try await LiveClient(to: bound[0].address)
            // The server may end the connection while this is still being sent.
            try? await long.send(echo(String(repeating: "x", count: 300 * 1_024)))
            let answers = try await long.answersToTheEnd()
            #expect(answers.map(\.status) == [400])
            #expect(try answers.first?.json()["Code"] != nil)
            await long.close()
            let flood = try await LiveClient(to: bound[0].address)
            try? await flood.send([UInt8](repeating: 0x16, count: 2_000_000))
            #expect(try await flood.answersToTheEnd().map(\.status) == [400])
            await flood.close()
        }
    }

    @Test("a client that shuts down its side gets its answer, be the request whole, late or truncated")
    func halfClosed() async throws {
        try await withServer(Bench()) { [request, wait] bound, _ in
            for (text, status) in [(request, 200), (wait(30), 200), (String(request.dropLast(5)), 400)] {
                let client = try await LiveClient(to: bound[0].address)
                try await client.send(text)
                try await client.endOutput()
                #expect(try await client.answersToTheEnd().map(\.status) == [status])
                await client.close()
            }
        }
    }

    @Test("a shutdown lets the request under way finish, and says that the connection ends")
    func drain() async throws {
        try await withServer(Bench()) { [request, wait] bound, shutDown in
            let idle = try await LiveClient(to: bound[0].address)
            try await idle.send(request)
            _ = try await idle.answers(1)
            let busy = try await LiveClient(to: bound[0].address)
            try await busy.send(request + wait(5_000))
            _ = try await busy.answers(1)
            await shutDown()
            let answers = try await busy.answersToTheEnd()
            #expect(answers.map(\.status) == [200])
            #expect(answers.first?.closes == true)
            #expect(try await idle.answersToTheEnd().isEmpty)
            await #expect(throws: (any Error).self) { _ = try await LiveClient(to: bound[0].address) }
        }
    }

    @Test("a request that outlasts the drain is cancelled")
    func drainLimit() async throws {
        var limits = ConnectionLimits()
        limits.drainSeconds = 0
        let bench = Bench()
        try await withServer(bench, limits: limits) { [request, wait] bound, shutDown in
            let client = try await LiveClient(to: bound[0].address)
            try await client.send(request + wait(60_000))
            _ = try await client.answers(1)
            await shutDown()
            #expect(try await client.answersToTheEnd().isEmpty)
        }
        // The cancelled request ends on its own time, which is soon.
        while bench.audit.records.count < 2 { await Task.yield() }
        #expect(bench.audit.records.last?.outcome == .failed)
    }

    @Test("connections beyond the maximum wait until another ends")
    func maximum() async throws {
        var limits = ConnectionLimits()
        limits.connections = 1
        try await withServer(Bench(), limits: limits) { [request] bound, _ in
            let first = try await LiveClient(to: bound[0].address)
            try await first.send(request)
            _ = try await first.answers(1)
            var others: [LiveClient] = []
            for _ in 0..<12 {
                let client = try await LiveClient(to: bound[0].address)
                try await client.send(request.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n"))
                others.append(client)
            }
            await first.close()
            for client in others { #expect(try await client.answersToTheEnd().map(\.status) == [200]) }
        }
    }

    @Test("plain and TLS listeners answer alike, each with its region; TLS bytes on the plain port are refused in JSON")
    func listeners() async throws {
        // The client's library cannot judge constraints on addresses, so the certificate has none.
        let names = [try requireValue(HostName("localhost"))]
        let authority = try LocalAuthority.make(for: names)
        let issued = try authority.issue(for: names)
        let tls = RPCListener.TLS(certificateChain: issued.certificate, privateKey: issued.privateKey)
        let bench = Bench()
        let listeners = [
            RPCListener(host: "127.0.0.1", port: 0),
            RPCListener(host: "127.0.0.1", port: 0, tls: tls, region: RegionID("cn-beijing")!),
        ]
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority.certificate))
        let context = try NIOSSLContext(configuration: configuration)
        try await withServer(bench, listeners: listeners) { [request, echo] bound, _ in
            let secure = try await LiveClient(to: bound[1].address, tls: context)
            try await secure.send(request)
            #expect(try await secure.answers(1).map(\.status) == [200])
            try? await secure.send(echo(String(repeating: "x", count: 300 * 1_024)))
            #expect(try await secure.answersToTheEnd().map(\.status) == [400])
            await secure.close()
            #expect(bench.authenticator.requests.last?.region.description == "cn-beijing")
            #expect(bench.authenticator.requests.last?.isRegionNamed == true)

            // The greeting of a TLS client.
            let plain = try await LiveClient(to: bound[0].address)
            try await plain.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + [UInt8](0...200))
            #expect(try await plain.answersToTheEnd().map(\.status) == [400])
            await plain.close()
            // And plain text on the TLS port ends without harm.
            let confused = try await LiveClient(to: bound[1].address)
            try await confused.send(request)
            _ = try? await confused.answersToTheEnd()
            await confused.close()
        }
    }

    @Test("a certificate that is none, and a port that is taken, are errors of the start")
    func startFails() async throws {
        let bad = RPCListener.TLS(
            certificateChain: Array("no".utf8),
            privateKey: SecretBox(SecretBytes(copying: Array("no".utf8)))
        )
        let server = RPCServer(
            listeners: [RPCListener(host: "127.0.0.1", port: 0, tls: bad)],
            responder: Bench().responder,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: .silent
        )
        await #expect(throws: (any Error).self) { try await server.run() }
    }

    @Test("a warm request enqueues nothing: it never leaves its event loop's call stack")
    func warmPath() async throws {
        let counter = EnqueueCounter()
        let counting: @Sendable (any EventLoop) -> any TaskExecutor = { CountingExecutor($0, counter) }
        try await withServer(Bench(), executor: counting) { [request, echo, wait] bound, _ in
            let client = try await LiveClient(to: bound[0].address)
            for _ in 0..<10 {
                try await client.send(request + echo("x"))
                _ = try await client.answers(2)
            }
            #expect(counter.value == 0)
            // Long enough that a busy machine is not done with it before it is waited for.
            try await client.send(wait(200))
            _ = try await client.answers(1)
            #expect(counter.value > 0)
            await client.close()
        }
    }

    @Test("a warm Encrypt and Decrypt enqueue nothing either")
    func warmEncrypt() async throws {
        let counter = EnqueueCounter()
        let counting: @Sendable (any EventLoop) -> any TaskExecutor = { CountingExecutor($0, counter) }
        let namespace = Namespace(
            account: try requireValue(AccountID("1234567890")),
            region: try requireValue(RegionID("cn-hangzhou"))
        )
        let bench = Bench(catalogue: .kms(), store: try OneKeyStore(in: namespace), vault: OpenVault())
        try await withServer(bench, executor: counting) { bound, _ in
            let client = try await LiveClient(to: bound[0].address)
            func text(_ query: String, _ member: String) async throws -> String {
                let line = "POST /?\(query)&Version=2016-01-20&AccessKeyId=AK HTTP/1.1"
                try await client.send("\(line)\r\nHost: a\r\n\r\n")
                return try requireValue(try await client.answers(1).first?.json()[member]?.string)
            }
            for plaintext in ["aGk=", "日本"] {
                let encoded = plaintext.utf8.map { "%" + String($0, radix: 16) }.joined()
                let blob = try await text("Action=Encrypt&KeyId=alias/a&Plaintext=\(encoded)", "CiphertextBlob")
                let escaped = blob.replacing("+", with: "%2B")
                #expect(try await text("Action=Decrypt&CiphertextBlob=\(escaped)", "Plaintext") == plaintext)
            }
            await client.close()
        }
        #expect(counter.value == 0)
    }
}
