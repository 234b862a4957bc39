import ServiceLifecycle
import Synchronization
import Testing

@testable import KMSServer

@Suite(.timeLimit(.minutes(10))) struct UpkeepServiceTests {
    @Test("rounds follow each other until a shutdown, which does not wait for the pause and lets a round finish")
    func rounds() async throws {
        let finished = Atomic<Int>(0)
        let (rounds, begun) = AsyncStream.makeStream(of: Int.self)
        let upkeep = UpkeepService(every: .milliseconds(1)) {
            begun.yield(0)
            await Task.yield()
            finished.add(1, ordering: .relaxed)
        }
        let services = ServiceGroup(services: [upkeep], logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            var count = 0
            for await _ in rounds {
                count += 1
                if count == 3 { break }
            }
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(finished.load(ordering: .relaxed) >= 3)
    }

    @Test("a long pause ends with the shutdown")
    func longPause() async throws {
        let (rounds, begun) = AsyncStream.makeStream(of: Int.self)
        let services = ServiceGroup(
            services: [UpkeepService(every: .seconds(3_600)) { begun.yield(0) }],
            logger: .silent
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            for await _ in rounds { break }
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
