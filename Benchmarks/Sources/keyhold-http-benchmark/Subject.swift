import Foundation

/// The Keyhold server under measurement, started here or running already.
struct Subject {
    let endpoint: Endpoint
    let signer: RequestSigner
    private let child: ChildServer?

    /// Nil where the server was not started here.
    var processID: Int32? { child?.processID }

    static func open(program: String?, pinning: [String]) async throws -> Subject {
        if let program {
            let id = "LTAI" + RequestSigner.hexadecimal(10)
            let secret = RequestSigner.hexadecimal(15)
            let child = try await ChildServer.startKeyhold(
                program: program,
                pinning: pinning,
                accessKeyID: id,
                accessKeySecret: secret
            )
            let signer = RequestSigner(accessKeyID: id, accessKeySecret: secret)
            return Subject(endpoint: child.endpoint, signer: signer, child: child)
        }
        let environment = ProcessInfo.processInfo.environment
        guard let endpoint = environment["KEYHOLD_ENDPOINT"].flatMap(Endpoint.init),
            let id = environment["KEYHOLD_ACCESS_KEY_ID"], let secret = environment["KEYHOLD_ACCESS_KEY_SECRET"]
        else {
            throw BenchmarkFailure("Give --server PROGRAM, or source the dev.env of a server on this machine.")
        }
        return Subject(
            endpoint: endpoint,
            signer: RequestSigner(accessKeyID: id, accessKeySecret: secret),
            child: nil
        )
    }

    func close() { child?.stop() }
}
