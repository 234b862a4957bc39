internal import ServiceLifecycle

/// Runs something until the server stops, and then cancels it.
package struct BackgroundService: Service {
    private let body: @Sendable () async -> Void

    /// - Parameter body: ends when its task is cancelled.
    package init(_ body: @escaping @Sendable () async -> Void) { self.body = body }

    package func run() async throws {
        await cancelWhenGracefulShutdown(body)
    }
}
