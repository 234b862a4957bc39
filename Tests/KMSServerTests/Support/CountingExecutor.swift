import NIOCore
import Synchronization

final class EnqueueCounter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }
    func increment() { count.add(1, ordering: .relaxed) }
}

/// Runs jobs on the event loop, and counts them.
final class CountingExecutor: TaskExecutor {
    private let eventLoop: any EventLoop
    private let counter: EnqueueCounter

    init(_ eventLoop: any EventLoop, _ counter: EnqueueCounter) {
        self.eventLoop = eventLoop
        self.counter = counter
    }

    func enqueue(_ job: consuming ExecutorJob) {
        counter.increment()
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
