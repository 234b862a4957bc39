import FoundationEssentials
import KMSCore
import Testing

@testable import KMSServer

/// 100,000 damaged requests: each is answered with an error of the 4xx kind, and none leaves anything behind.
@Suite(.timeLimit(.minutes(10))) struct MalformedRequestTests {
    /// What is wrong with the answers to `request`, or nil.
    private func fault(_ answers: [HTTPAnswer], to request: [UInt8]) -> String? {
        // Line ends before a request are not part of one.
        if answers.isEmpty { return request.allSatisfy { $0 == 0x0D || $0 == 0x0A } ? nil : "no answer" }
        for answer in answers where answer.status != 100 {
            guard (400..<500).contains(answer.status) else { return "status \(answer.status)" }
            if answer.header("content-type") == "application/xml;charset=utf-8" {
                guard answer.text.contains("<Code>"), answer.text.contains("<RequestId>") else { return "no XML error" }
            } else {
                guard let error = ErrorBody(answer), error.requestID == answer.header("x-acs-request-id") else {
                    return "no JSON error"
                }
            }
        }
        return nil
    }

    @Test("100,000 malformed requests end in 4xx each, and memory does not grow")
    func inProcess() async throws {
        let bench = Bench(keeps: false)
        var requests = MalformedRequests(seed: 20_160_120)
        var residentEarly = 0
        var codes: [String: Int] = [:]
        for number in 0..<100_000 {
            if number % 100 == 0 { await Task.yield() }
            if number == 20_000 { residentEarly = residentBytes() }
            let request = requests.next()
            let connection = try bench.connection()
            // A request may come in two pieces.
            let cut = number % 3 == 0 ? request.count / 2 : request.count
            try connection.send(Array(request[..<cut]))
            if cut < request.count { try connection.send(Array(request[cut...])) }
            connection.endInput()
            let answers = try connection.answers()
            if let fault = fault(answers, to: request) {
                Issue.record(
                    "\(fault): request \(number): \(String(decoding: request, as: UTF8.self).debugDescription)"
                )
                return
            }
            if let code = answers.last.flatMap(ErrorBody.init)?.code { codes[code, default: 0] += 1 }
        }
        // The damage reaches every layer: framing, common parameters, shapes, and the operation itself.
        for code in [
            "ParseRequestParameterException", "InvalidAction.NotFound", "InvalidParameter", "MissingParameter",
            "Forbidden.KeyNotFound", "InvalidAccessKeyId.NotFound", "InvalidVersion", "InvalidParameter.Format",
        ] { #expect(codes[code] ?? 0 > 0, "\(code) was never answered") }
        #expect(residentBytes() - residentEarly < 48 << 20)
    }

    @Test("the same over real connections: every one is answered before it ends")
    func onSockets() async throws {
        try await withServer(Bench(keeps: false)) { bound, _ in
            var requests = MalformedRequests(seed: 7)
            for number in 0..<1_000 {
                let request = requests.next()
                let client = try await LiveClient(to: bound[0].address)
                try? await client.send(request)
                try? await client.endOutput()
                let answers = try await client.answersToTheEnd()
                await client.close()
                if let fault = self.fault(answers, to: request) {
                    Issue.record(
                        "\(fault): request \(number): \(String(decoding: request, as: UTF8.self).debugDescription)"
                    )
                    return
                }
            }
        }
    }

    private struct ErrorBody: Decodable {
        let code: String
        let message: String
        let requestID: String
        let hostID: String
        let recommendation: String
        let status: Int

        private enum CodingKeys: String, CodingKey {
            case code = "Code"
            case message = "Message"
            case requestID = "RequestId"
            case hostID = "HostId"
            case recommendation = "Recommend"
            case status = "HttpStatus"
        }

        init?(_ answer: HTTPAnswer) {
            guard let body = try? JSONDecoder().decode(ErrorBody.self, from: Data(answer.body)) else { return nil }
            self = body
        }
    }

    /// What the process holds of the machine's memory (proc(5), statm: pages of 4 KiB).
    private func residentBytes() -> Int {
        guard let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        return (Int(statm.split(separator: " ")[1]) ?? 0) * 4_096
    }
}
