import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

/// Measures Keyhold over HTTP beside a server of the same framework that answers a constant.
@main
struct HTTPBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keyhold-http-benchmark",
        abstract: "Signed Encrypt, Decrypt and GenerateDataKey requests, beside the framework answering a constant.",
        discussion: """
            Both servers answer the same bytes of requests on loopback, in turn. Without --server, the endpoint and the
            access key of KEYHOLD_ENDPOINT, KEYHOLD_ACCESS_KEY_ID and KEYHOLD_ACCESS_KEY_SECRET are used.
            """
    )

    @Option(help: "The keyhold-server program to start, on a free port and with state of its own.")
    var server: String?
    @Option(help: "How often each scenario is measured on each server.")
    var rounds = 7
    @Option(help: "Requests per round and server, at most.")
    var requests = 20_000
    @Option(help: "Seconds per round and server, at most.")
    var seconds = 5
    @Option(help: "Connections that each have one request under way.")
    var connections = 16
    @Option(name: .customLong("plaintext-bytes"), help: "Bytes to encrypt per request.")
    var plaintextBytes = 32
    @Option(name: .customLong("server-cpu"), help: "The core both servers run on; any without it.")
    var serverCPU: Int?
    @Flag(name: .customLong("serve-constant"), help: "Be the server that answers a constant.")
    var servesConstant = false

    func validate() throws {
        guard (1...101).contains(rounds), (1...1_000_000).contains(requests), (1...60).contains(seconds),
            (1...1024).contains(connections), (1...4096).contains(plaintextBytes)
        else {
            throw ValidationError(
                "Bounds are 101 rounds, 1000000 requests, 60 seconds, 1024 connections and 4096 bytes of plaintext."
            )
        }
    }

    func run() async throws {
        if servesConstant { return try await ConstantServer.run() }
        let pinning = serverCPU.map { ["taskset", "-c", "\($0)"] } ?? []
        let subject = try await Subject.open(program: server, pinning: pinning)
        defer { subject.close() }
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let constant = try await ChildServer.startConstant(program: program, pinning: pinning)
        defer { constant.stop() }

        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let client = Client(endpoint: subject.endpoint, signer: subject.signer, loop: loop)
        let workload = try await Workload.prepared(by: client, plaintextBytes: plaintextBytes)
        print(Report.header(self, requestBytes: workload.requestBytes(subject.signer)))
        for scenario in Scenario.allCases {
            var pairs: [Round] = []
            for number in 0..<rounds {
                // Prepared ahead; each is used once, since its nonce is.
                let batch = workload.requests(scenario, count: requests, signer: subject.signer)
                let warmUp = workload.requests(scenario, count: min(requests, 500), signer: subject.signer)
                let targets = [
                    Target(endpoint: subject.endpoint, process: subject.processID),
                    Target(endpoint: constant.endpoint, process: constant.processID),
                ]
                var results: [Measurement?] = [nil, nil]
                // Who goes first changes, so that neither gains from what the other left warm.
                for index in number.isMultiple(of: 2) ? [0, 1] : [1, 0] {
                    _ = try await measure(warmUp, at: targets[index], on: loop)
                    results[index] = try await measure(batch, at: targets[index], on: loop)
                }
                if let keyhold = results[0], let constant = results[1] {
                    pairs.append(Round(keyhold: keyhold, constant: constant))
                }
            }
            print(Report.lines(scenario, pairs))
        }
    }

    private func measure(_ batch: [ByteBuffer], at target: Target, on loop: any EventLoop) async throws -> Measurement {
        let before = target.process.map(CPUTime.init(ofProcess:))
        let ownBefore = CPUTime.own
        let load = try await Load.run(
            batch,
            at: target.endpoint,
            connections: connections,
            for: .seconds(Int64(seconds)),
            on: loop
        )
        let after = target.process.map(CPUTime.init(ofProcess:))
        return try Measurement(
            load,
            serverCPU: before.flatMap { before in after.map { $0.seconds - before.seconds } },
            clientCPU: CPUTime.own.seconds - ownBefore.seconds
        )
    }
}

/// A server under measurement.
struct Target {
    let endpoint: Endpoint
    /// Nil where the server was not started here.
    let process: Int32?
}
