import NIOCore
import NIOPosix

/// What came of a batch of requests.
struct LoadResult: Sendable {
    /// From the first request to the last answer, in seconds.
    var seconds = 0.0
    /// Of each answered request, in nanoseconds.
    var latencies: [Int64] = []
    /// The first answer that was not 200, or why a connection ended.
    var failure: String?
    var lastBody: [UInt8] = []
}

/// Sends a batch over a fixed number of connections, each with one request under way, all on one event loop.
///
/// The client is kept lean, so that it does not become what is measured: requests are ready bytes, and answers are
/// read just far enough to find their end.
final class Load {
    private let requests: [ByteBuffer]
    private let deadline: NIODeadline
    private let done: EventLoopPromise<LoadResult>
    private let start = NIODeadline.now()
    private var next = 0
    private var openConnections: Int
    private var result = LoadResult()

    private init(
        _ requests: [ByteBuffer],
        connections: Int,
        deadline: NIODeadline,
        done: EventLoopPromise<LoadResult>
    ) {
        self.requests = requests
        self.deadline = deadline
        self.done = done
        openConnections = connections
        result.latencies.reserveCapacity(requests.count)
    }

    static func run(
        _ requests: [ByteBuffer],
        at endpoint: Endpoint,
        connections: Int,
        for limit: TimeAmount,
        on loop: any EventLoop
    ) async throws -> LoadResult {
        try await loop.flatSubmit {
            let done = loop.makePromise(of: LoadResult.self)
            let load = Load(requests, connections: connections, deadline: .now() + limit, done: done)
            let bound = NIOLoopBound(load, eventLoop: loop)
            let bootstrap = ClientBootstrap(group: loop)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .connectTimeout(.seconds(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(LoadConnection(bound.value))
                    }
                }
            for _ in 0..<connections {
                bootstrap.connect(host: endpoint.host, port: endpoint.port).whenFailure { error in
                    bound.value.connectionEnded(because: "\(error)")
                }
            }
            return done.futureResult
        }.get()
    }

    /// The next request to send, or nil where the connection has nothing more to do.
    func nextRequest() -> ByteBuffer? {
        guard next < requests.count, result.failure == nil, NIODeadline.now() < deadline else { return nil }
        next += 1
        return requests[next - 1]
    }

    func answered(after time: TimeAmount, status: Int, body: some Collection<UInt8>) {
        result.latencies.append(time.nanoseconds)
        if status != 200, result.failure == nil {
            result.failure = "HTTP status \(status): \(String(decoding: body, as: UTF8.self))"
        }
        if requests.count == 1 { result.lastBody = Array(body) }
    }

    func connectionEnded(because reason: String?) {
        if let reason, result.failure == nil { result.failure = reason }
        openConnections -= 1
        guard openConnections == 0 else { return }
        result.seconds = Double((NIODeadline.now() - start).nanoseconds) / 1e9
        done.succeed(result)
    }
}
