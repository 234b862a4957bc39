/// One batch at one server.
struct Measurement {
    let requestsPerSecond: Double
    /// In microseconds.
    let p50: Double
    let p99: Double
    /// Of the server, per request, in microseconds; nil where the server was not started here.
    let serverCPU: Double?
    /// The share of one core that the client used.
    let clientShare: Double

    init(_ load: LoadResult, serverCPU: Double?, clientCPU: Double) throws {
        if let failure = load.failure { throw BenchmarkFailure("A request failed: \(failure)") }
        guard !load.latencies.isEmpty, load.seconds > 0 else { throw BenchmarkFailure("Nothing was answered.") }
        let sorted = load.latencies.sorted()
        requestsPerSecond = Double(sorted.count) / load.seconds
        p50 = Double(sorted[sorted.count / 2]) / 1e3
        p99 = Double(sorted[sorted.count * 99 / 100]) / 1e3
        self.serverCPU = serverCPU.map { $0 / Double(sorted.count) * 1e6 }
        clientShare = clientCPU / load.seconds
    }
}

/// Both servers, one after the other.
struct Round {
    let keyhold: Measurement
    let constant: Measurement
}
