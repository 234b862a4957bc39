import KMSCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

@testable import KMSServer

@Suite("The worker threads", .timeLimit(.minutes(10)))
struct WorkerThreadsTests {
    @Test("give every caller what its own work gave")
    func results() async throws {
        let workers = WorkerThreads(NIOThreadPool(numberOfThreads: 3), limit: 1_000)
        workers.start()
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask { (try? await workers.run { number * 2 }) == number * 2 }
            }
            for await isRight in group { #expect(isRight) }
        }
        try await end(workers)
    }

    @Test("refuse what comes when too much waits, and take it again when there is room")
    func bound() async throws {
        let workers = WorkerThreads(NIOThreadPool(numberOfThreads: 1), limit: 2)
        workers.start()
        let gate = Gate()
        let first = Task { try await workers.run { gate.wait() } }
        while !gate.isReached { await Task.yield() }
        // Of these, one waits and the others are refused, whichever comes first.
        let answers = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    do {
                        try await workers.run {}
                        return true
                    } catch { return false }
                }
            }
            var refused = 0
            for await isDone in group {
                refused += isDone ? 0 : 1
                if refused == 9 { gate.open() }
            }
            return refused
        }
        #expect(answers == 9)
        try await first.value
        #expect(try await workers.run { 3 } == 3)
        try await end(workers)
    }

    @Test("finish what was given to them, and take nothing when they have ended")
    func end() async throws {
        let workers = WorkerThreads(NIOThreadPool(numberOfThreads: 1), limit: 100)
        await #expect(throws: WorkersBusy.self) { try await workers.run {} }
        workers.start()
        let gate = Gate()
        let first = Task { try await workers.run { gate.wait() } }
        while !gate.isReached { await Task.yield() }
        let ending = Task { try await end(workers) }
        gate.open()
        try await first.value
        try await ending.value
        await #expect(throws: WorkersBusy.self) { try await workers.run {} }
    }

    /// Runs them as a service, which is told to end as soon as it runs.
    private func end(_ workers: WorkerThreads) async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let other = BackgroundService {
            begin.finish()
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
        }
        let services = ServiceGroup(services: [workers, other], logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            for await _ in begun {}
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// Holds a thread until it is opened.
private final class Gate: Sendable {
    private let reached = Atomic(false)
    private let opened = Atomic(false)

    var isReached: Bool { reached.load(ordering: .acquiring) }

    func wait() {
        reached.store(true, ordering: .releasing)
        while !opened.load(ordering: .acquiring) {}
    }

    func open() { opened.store(true, ordering: .releasing) }
}
