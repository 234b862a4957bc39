import KMSCore
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization

@testable import KMSServer

/// A server on loopback for the time of `body`, which gets its addresses; then shut down gracefully.
func withServer(
    _ bench: Bench,
    listeners: [RPCListener] = [RPCListener(host: "127.0.0.1", port: 0)],
    limits: ConnectionLimits = ConnectionLimits(),
    executor: (@Sendable (any EventLoop) -> any TaskExecutor)? = nil,
    _ body: @escaping @Sendable ([BoundListener], _ shutDown: @escaping @Sendable () async -> Void) async throws -> Void
) async throws {
    try await withServer(bench.responder, listeners: listeners, limits: limits, executor: executor, body)
}

/// The same over any responder.
func withServer(
    _ responder: RPCResponder,
    listeners: [RPCListener] = [RPCListener(host: "127.0.0.1", port: 0)],
    limits: ConnectionLimits = ConnectionLimits(),
    logger: Logger = .silent,
    executor: (@Sendable (any EventLoop) -> any TaskExecutor)? = nil,
    _ body: @escaping @Sendable ([BoundListener], _ shutDown: @escaping @Sendable () async -> Void) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let (addresses, bound) = AsyncStream.makeStream(of: [BoundListener].self)
    let server = RPCServer(
        listeners: listeners,
        limits: limits,
        responder: responder,
        eventLoopGroup: group,
        logger: logger,
        makeExecutor: executor ?? { EventLoopTaskExecutor($0) },
        whenBound: { bound.yield($0) }
    )
    let services = ServiceGroup(services: [server], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await services.run() }
        var iterator = addresses.makeAsyncIterator()
        let bound = try requireValue(await iterator.next())
        let result: Result<Void, any Error>
        do { result = .success(try await body(bound) { await services.triggerGracefulShutdown() }) } catch {
            result = .failure(error)
        }
        await services.triggerGracefulShutdown()
        try await tasks.waitForAll()
        try result.get()
    }
    try await group.shutdownGracefully()
}

struct Absent: Error {}

func requireValue<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Absent() }
    return value
}

/// A client that sends bytes as it is told and takes answers apart.
final class LiveClient: Sendable {
    private let channel: any Channel
    private let received: Received

    private final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let continuation: AsyncStream<ByteBuffer>.Continuation
        let stream: AsyncStream<ByteBuffer>

        init() { (stream, continuation) = AsyncStream.makeStream() }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            continuation.finish()
            context.close(promise: nil)
        }
        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { continuation.finish() }
        }
    }

    init(to address: SocketAddress, tls: NIOSSLContext? = nil) async throws {
        let received = Received()
        self.received = received
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: "localhost")
                        )
                    }
                    try channel.pipeline.syncOperations.addHandler(received)
                }
            }
            .connect(to: address).get()
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    func endOutput() async throws { try await channel.close(mode: .output).get() }
    func close() async { try? await channel.close().get() }

    /// The next `count` answers; fewer where the server ended the connection before.
    func answers(_ count: Int) async throws -> [HTTPAnswer] {
        var answers: [HTTPAnswer] = []
        var buffer = ByteBuffer()
        for await part in received.stream {
            buffer.writeImmutableBuffer(part)
            while let answer = try HTTPAnswer(reading: &buffer) { answers.append(answer) }
            if answers.count >= count { break }
        }
        return answers
    }

    /// Everything until the server ends the connection.
    func answersToTheEnd() async throws -> [HTTPAnswer] { try await answers(.max) }
}
