/// Where a server listens. Loopback only: a benchmark has no business elsewhere.
struct Endpoint: Sendable, Equatable {
    let host: String
    let port: Int

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = UInt16(parts[1]), ["127.0.0.1", "localhost"].contains(parts[0]) else {
            return nil
        }
        host = String(parts[0])
        self.port = Int(port)
    }

    var description: String { "\(host):\(port)" }
}

/// Why nothing was measured.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
