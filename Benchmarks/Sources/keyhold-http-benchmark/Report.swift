import Foundation

/// The words and figures of a run.
enum Report {
    static func header(_ options: HTTPBenchmark, requestBytes: Int) -> String {
        """
        Signed requests over keep-alive HTTP on loopback: \(options.rounds) rounds of at most \(options.requests) \
        requests on \(options.connections) connections, \(options.plaintextBytes) bytes of plaintext, \(requestBytes) \
        bytes per Encrypt request.
        Ratios are Keyhold / constant answer, as median (lowest … highest) of the rounds.

        """
    }

    static func lines(_ scenario: Scenario, _ rounds: [Round]) -> String {
        var text = """
            \(scenario.rawValue)
              requests/s   \(values(rounds, \.requestsPerSecond, digits: 0)), ratio \(ratios(rounds, \.requestsPerSecond))
              p50 µs       \(values(rounds, \.p50, digits: 0)), ratio \(ratios(rounds, \.p50))
              p99 µs       \(values(rounds, \.p99, digits: 0)), ratio \(ratios(rounds, \.p99))

            """
        if let cpu = cpu(rounds) { text += cpu }
        let busy = median(rounds.flatMap { [$0.keyhold.clientShare, $0.constant.clientShare] })
        return text + "  client       \(number(100 * busy, digits: 0)) % of a core\n"
    }

    private static func cpu(_ rounds: [Round]) -> String? {
        let pairs = rounds.compactMap { round in
            round.keyhold.serverCPU.flatMap { keyhold in round.constant.serverCPU.map { (keyhold, $0) } }
        }
        guard !pairs.isEmpty else { return nil }
        let (keyhold, constant) = (median(pairs.map(\.0)), median(pairs.map(\.1)))
        return """
              server CPU   Keyhold \(number(keyhold, digits: 1)) µs, constant \(number(constant, digits: 1)) µs per request

            """
    }

    private static func values(_ rounds: [Round], _ figure: (Measurement) -> Double, digits: Int) -> String {
        let keyhold = number(median(rounds.map { figure($0.keyhold) }), digits: digits)
        let constant = number(median(rounds.map { figure($0.constant) }), digits: digits)
        return "Keyhold \(keyhold), constant \(constant)"
    }

    private static func ratios(_ rounds: [Round], _ figure: (Measurement) -> Double) -> String {
        let ratios = rounds.map { figure($0.keyhold) / figure($0.constant) }
        let (lowest, highest) = (ratios.min() ?? 0, ratios.max() ?? 0)
        return "\(number(median(ratios), digits: 2)) "
            + "(\(number(lowest, digits: 2)) … \(number(highest, digits: 2)))"
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    private static func number(_ value: Double, digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
