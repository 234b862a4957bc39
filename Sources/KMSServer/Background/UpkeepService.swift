internal import ServiceLifecycle

/// Has the upkeep done again and again until the server stops.
package struct UpkeepService: Service {
    private let interval: Duration
    private let tick: @Sendable () async -> Void

    /// - Parameters:
    ///   - interval: how long to wait from the end of one round to the begin of the next.
    ///   - tick: one round; it reports its own failures, and stops early when its task is cancelled.
    package init(every interval: Duration, _ tick: @escaping @Sendable () async -> Void) {
        self.interval = interval
        self.tick = tick
    }

    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await tick()
            // A round under way is let finish; the pause after it is not waited for.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
        }
    }
}
