internal import KMSCore
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import ServiceLifecycle

/// The data plane: listens, and answers every request through one ``RPCResponder``.
package struct RPCServer: Service {
    private let listeners: [RPCListener]
    private let limits: ConnectionLimits
    private let responder: RPCResponder
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let makeExecutor: @Sendable (any EventLoop) -> any TaskExecutor
    private let whenBound: @Sendable ([BoundListener]) async throws -> Void

    /// - Parameter whenBound: called with the addresses, in the order of the listeners, when all are bound and
    ///   before the first connection is accepted.
    package init(
        listeners: [RPCListener],
        limits: ConnectionLimits = ConnectionLimits(),
        responder: RPCResponder,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        whenBound: @escaping @Sendable ([BoundListener]) async throws -> Void = { _ in }
    ) {
        self.init(
            listeners: listeners,
            limits: limits,
            responder: responder,
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            makeExecutor: { EventLoopTaskExecutor($0) },
            whenBound: whenBound
        )
    }

    /// For tests that count what a request enqueues.
    init(
        listeners: [RPCListener],
        limits: ConnectionLimits,
        responder: RPCResponder,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        makeExecutor: @escaping @Sendable (any EventLoop) -> any TaskExecutor,
        whenBound: @escaping @Sendable ([BoundListener]) async throws -> Void
    ) {
        self.listeners = listeners
        self.limits = limits
        self.responder = responder
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.makeExecutor = makeExecutor
        self.whenBound = whenBound
    }

    /// Serves until a graceful shutdown or a cancellation, then lets requests under way finish.
    package func run() async throws {
        let connections = Connections(maximum: limits.connections)
        var servers: [any Channel] = []
        do {
            for listener in listeners { servers.append(try await bind(listener, connections)) }
            try await whenBound(
                zip(listeners, servers).compactMap { listener, server in
                    server.localAddress.map { BoundListener(listener: listener, address: $0) }
                }
            )
            for server in servers { try await server.setOption(.autoRead, value: true).get() }
            // Cancellation ends serving like a shutdown does.
            try? await gracefulShutdown()
        } catch {
            for server in servers { server.close(promise: nil) }
            throw error
        }
        for server in servers { _ = try? await server.close().get() }
        let open = connections.count
        if open > 0 { logger.info("finishing requests under way", metadata: ["connections": "\(open)"]) }
        await connections.drain(within: .seconds(limits.drainSeconds), on: eventLoopGroup.any())
    }

    private func bind(_ listener: RPCListener, _ connections: Connections) async throws -> any Channel {
        let tls = try listener.makeTLSContext()
        let (responder, limits, makeExecutor) = (responder, limits, makeExecutor)
        return try await ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.autoRead, value: false)
            // Accepting in small steps keeps the maximum of connections nearly exact.
            .serverChannelOption(.maxMessagesPerRead, value: 4)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptLimit(connections))
                }
            }
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addRPCHandlers(
                        RPCHandler(
                            responder: responder,
                            connections: connections,
                            limits: limits,
                            listenerRegion: listener.region,
                            isSecure: tls != nil,
                            executor: makeExecutor(channel.eventLoop)
                        )
                    )
                }
            }
            .bind(host: listener.host, port: listener.port)
            .get()
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// The HTTP codec with our limits, and the connection's handler behind it.
    func addRPCHandlers(_ handler: RPCHandler) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = handler.limits.targetBytes
        limits.maxHeaderListSize = handler.limits.targetBytes + handler.limits.headerBytes
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        try addHandlers(ByteToMessageHandler(decoder), handler)
    }
}
