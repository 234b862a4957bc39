import Foundation
import NIOCore

/// Single calls, for what the measurement needs beforehand.
struct Client {
    let endpoint: Endpoint
    let signer: RequestSigner
    let loop: any EventLoop

    func call<Answer: Decodable>(
        _ action: String,
        _ parameters: [(name: String, value: String)]
    ) async throws -> Answer {
        let request = signer.request(action, parameters, at: Date())
        let load = try await Load.run([request], at: endpoint, connections: 1, for: .seconds(30), on: loop)
        guard load.failure == nil, load.latencies.count == 1 else {
            throw BenchmarkFailure("\(action) was refused: \(load.failure ?? "no answer")")
        }
        return try JSONDecoder().decode(Answer.self, from: Data(load.lastBody))
    }
}
