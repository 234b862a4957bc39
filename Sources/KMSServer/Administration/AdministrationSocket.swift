internal import Glibc
package import KMSCore
package import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// Administration of a running server: the same doorway as every other request, behind a Unix socket in the data
/// folder that only the server's own user, and root, may open (design 6).
package struct AdministrationSocket: Service {
    private let path: String
    private let catalogues: [Catalogue]
    private let service: KeyService
    private let accounts: any AccountStore
    private let regions: Regions
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let whenBound: @Sendable () -> Void

    /// The longest path that a socket can have (`sun_path` of unix(7), with its closing zero).
    package static let longestPath = 107

    /// - Parameter path: of a file that this process owns: what lies there is removed.
    package init(
        path: String,
        catalogues: [Catalogue],
        service: KeyService,
        accounts: any AccountStore,
        regions: Regions,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        whenBound: @escaping @Sendable () -> Void = {}
    ) {
        self.path = path
        self.catalogues = catalogues
        self.service = service
        self.accounts = accounts
        self.regions = regions
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.whenBound = whenBound
    }

    package func run() async throws {
        let connections = Connections(maximum: 16)
        let server = try await bind(connections)
        whenBound()
        // Cancellation ends serving like a shutdown does.
        try? await gracefulShutdown()
        _ = try? await server.close().get()
        _ = unlink(path)
        await connections.drain(within: .seconds(5), on: eventLoopGroup.any())
    }

    private func bind(_ connections: Connections) async throws -> any Channel {
        let server = try await ServerBootstrap(group: eventLoopGroup)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptLimit(connections))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [self] channel in
                guard let options = channel as? any SocketOptionProvider else { return channel.close() }
                return options.unsafeGetSocketOption(level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
                    .flatMap { (peer: PeerCredentials) in admit(peer, channel, connections) }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
            .get()
        // The folder keeps strangers out already; this is for folders that do not.
        guard chmod(path, 0o600) == 0 else {
            let reason = String(cString: strerror(errno))
            _ = try? await server.close().get()
            throw AuditError("\(path) cannot be made private: \(reason)")
        }
        return server
    }

    private func admit(
        _ peer: PeerCredentials,
        _ channel: any Channel,
        _ connections: Connections
    ) -> EventLoopFuture<Void> {
        guard peer.user == 0 || peer.user == geteuid() else {
            logger.warning("a stranger asked to administer", metadata: ["user": "\(peer.user)"])
            return channel.close()
        }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addRPCHandlers(
                RPCHandler(
                    responder: responder(for: peer.user),
                    connections: connections,
                    limits: ConnectionLimits(),
                    listenerRegion: nil,
                    isSecure: true,
                    executor: EventLoopTaskExecutor(channel.eventLoop)
                )
            )
        }
    }

    private func responder(for user: UInt32) -> RPCResponder {
        RPCResponder(
            catalogues: catalogues,
            service: service,
            authenticator: OperatorAuthenticator(user: user, ids: service.ids, accounts: accounts),
            replay: NoReplays(),
            regions: regions,
            proxies: TrustedProxies([]),
            hostID: "administration"
        )
    }
}

/// `struct ucred` of unix(7): who is at the other end, as the kernel knows it.
private struct PeerCredentials: Sendable {
    let process: Int32
    let user: UInt32
    let group: UInt32
}
