internal import Hummingbird
package import Logging
package import NIOCore
internal import ServiceLifecycle

/// Health and metrics, on a port of their own that need not be reachable by clients.
///
/// `/health/live` says that the process answers; `/health/ready` that it can do its work, with the reason where it
/// cannot; `/metrics` has the counts in the text format of Prometheus.
package struct OperationsListener: Service {
    private let host: String
    private let port: Int
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let metrics: @Sendable () -> String
    private let obstacle: @Sendable () async -> String?
    private let whenBound: @Sendable (SocketAddress) async -> Void

    /// - Parameters:
    ///   - port: zero lets the system choose.
    ///   - metrics: the text of `/metrics`.
    ///   - obstacle: what keeps the server from working, or nil where it is ready.
    ///   - whenBound: called with the address when the listener is bound.
    package init(
        host: String,
        port: Int,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        metrics: @escaping @Sendable () -> String,
        obstacle: @escaping @Sendable () async -> String?,
        whenBound: @escaping @Sendable (SocketAddress) async -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.metrics = metrics
        self.obstacle = obstacle
        self.whenBound = whenBound
    }

    package func run() async throws {
        let router = Router()
        router.get("health/live") { _, _ in "live\n" }
        router.get("health/ready") { _, _ in
            guard let obstacle = await obstacle() else { return Self.text("ready\n") }
            return Self.text("not ready: \(obstacle)\n", status: .serviceUnavailable)
        }
        router.get("metrics") { _, _ in Self.text(metrics(), contentType: "text/plain; version=0.0.4; charset=utf-8") }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in
                if let address = channel.localAddress { await whenBound(address) }
            },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger
        )
        try await application.run()
    }

    private static func text(
        _ text: String,
        status: HTTPResponse.Status = .ok,
        contentType: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
