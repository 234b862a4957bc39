package import KMSCore
package import KMSCrypto
internal import Synchronization

/// RSA-2048 pairs made ahead of time: a caller need not wait the part of a second that making one takes.
///
/// Each pair is handed out once. Those that are left are wiped when ``keepFull()`` ends.
package final class ReadyKeyPairs: Sendable {
    /// The one spec that is slow to make and often asked for.
    static let spec = KeySpec.rsa2048

    private let size: Int
    private let workers: any WorkerPool
    private let pairs = Mutex<[PrivateKey]>([])
    private let taken: AsyncStream<Void>
    private let onTake: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - size: how many pairs are kept ready; none for 0.
    ///   - workers: who makes them, one at a time.
    package init(size: Int, workers: any WorkerPool) {
        self.size = size
        self.workers = workers
        (taken, onTake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// A pair that nobody else has, or nil where none is ready.
    package func take() -> PrivateKey? {
        defer { onTake.yield() }
        return pairs.withLock { $0.popLast() }
    }

    package var readyCount: Int { pairs.withLock { $0.count } }

    /// Makes pairs whenever some are missing, until its task is cancelled; to be run once.
    package func keepFull() async {
        await fill()
        for await _ in taken { await fill() }
        pairs.withLock { $0.removeAll() }
    }

    private func fill() async {
        while readyCount < size, !Task.isCancelled {
            let pair = try? await workers.run { try? PrivateKey.generate(Self.spec) }
            // Who is busy, or lacks randomness, makes no pair; the next one that is taken starts this anew.
            guard let pair = pair ?? nil else { return }
            pairs.withLock { $0.append(pair) }
        }
    }
}
