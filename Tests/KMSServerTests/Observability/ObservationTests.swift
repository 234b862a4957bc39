import KMSCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

@testable import KMSServer

@Suite(.timeLimit(.minutes(10))) struct ObservationTests {
    private func record(_ action: String, _ outcome: AuditRecord.Outcome) -> AuditRecord {
        AuditRecord(
            time: Timestamp(seconds: 0),
            requestID: UUIDBytes(high: 0, low: 7),
            account: nil,
            principal: nil,
            accessKeyID: "secret-looking",
            region: nil,
            source: "192.0.2.1",
            action: action,
            resources: ["r"],
            key: nil,
            version: nil,
            outcome: outcome,
            errorCode: nil,
            duration: 250_000
        )
    }

    @Test("requests are counted by action and outcome; a name outside the catalogue is unknown")
    func counts() {
        let counters = RequestCounters(actions: ["Echo", "Never"])
        let observer = LogObserver(logger: .silent, counters: counters)
        observer.completed(record("Echo", .success), error: nil)
        observer.completed(record("Echo", .success), error: nil)
        observer.completed(record("Echo", .refused), error: .keyNotFound)
        observer.completed(record("\"}evil", .failed), error: .internalFailure("x"))
        let text = counters.exposition
        #expect(text.contains("keyhold_requests_total{action=\"Echo\",outcome=\"success\"} 2\n"))
        #expect(text.contains("keyhold_requests_total{action=\"Echo\",outcome=\"refused\"} 1\n"))
        #expect(text.contains("keyhold_requests_total{action=\"unknown\",outcome=\"failed\"} 1\n"))
        #expect(text.contains("keyhold_request_seconds_total{action=\"Echo\"} 0.75\n"))
        #expect(!text.contains("evil") && !text.contains("Never"))
    }

    /// Keeps lines of a log.
    private final class Lines: Sendable {
        let lines = Mutex<[String]>([])
    }

    private struct Handler: LogHandler {
        let kept: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(_ kept: Lines) { self.kept = kept }
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            kept.lines.withLock { $0.append("\(event.level) \(event.message) \(metadata.joined(separator: " "))") }
        }
    }

    @Test("a failure is logged with its cause and request id; what the caller sent is not")
    func log() {
        let lines = Lines()
        let logger = Logger(label: "test") { _ in Handler(lines) }
        let observer = LogObserver(logger: logger, counters: RequestCounters(actions: []))
        observer.completed(record("Echo", .failed), error: .internalFailure("the disk melted"))
        observer.completed(record("Echo", .refused), error: .signatureDoesNotMatch(stringToSign: "PLAINTEXT"))
        observer.completed(record("Echo", .success), error: nil)
        let kept = lines.lines.withLock { $0 }
        #expect(kept.count == 2)
        #expect(kept[0].hasPrefix("error request failed"))
        #expect(
            kept[0].contains("cause=the disk melted")
                && kept[0].contains("requestId=00000000-0000-0000-0000-000000000007")
        )
        #expect(!kept.joined().contains("PLAINTEXT") && !kept.joined().contains("secret-looking"))
    }

    @Test("the operations listener says live, ready or why not, and shows the counts")
    func operations() async throws {
        let obstacle = Mutex<String?>(nil)
        let (addresses, bound) = AsyncStream.makeStream(of: SocketAddress.self)
        let listener = OperationsListener(
            host: "127.0.0.1",
            port: 0,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: .silent,
            metrics: { "keyhold_x 1\n" },
            obstacle: { obstacle.withLock { $0 } },
            whenBound: { bound.yield($0) }
        )
        let services = ServiceGroup(services: [listener], logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            var iterator = addresses.makeAsyncIterator()
            let address = try requireValue(await iterator.next())
            func get(_ path: String) async throws -> HTTPAnswer {
                let client = try await LiveClient(to: address)
                try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try requireValue(try await client.answers(1).first)
                await client.close()
                return answer
            }
            #expect(try await get("/health/live").status == 200)
            #expect(try await get("/health/ready").status == 200)
            obstacle.withLock { $0 = "the store does not answer" }
            let unready = try await get("/health/ready")
            #expect(unready.status == 503 && unready.text.contains("the store does not answer"))
            #expect(try await get("/health/live").status == 200)
            let metrics = try await get("/metrics")
            #expect(metrics.text == "keyhold_x 1\n")
            #expect(metrics.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
            #expect(try await get("/other").status == 404)
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
