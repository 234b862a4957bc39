import KMSCore
import KMSTestKit
import Testing

@testable import KMSServer

@Suite("An account whose share of the nonce memory is full", .timeLimit(.minutes(5)))
struct NonceShareTests {
    @Test("it is told to come again, none of its nonces is forgotten, and another account goes on")
    func full() async throws {
        let clock = ManualClock()
        try await withWholeService(
            try DataFolder(),
            as: Arrangement(nonces: 60),
            at: clock,
            users: [.alice, .bob]
        ) { _, alice in
            let bob = alice.with(.bob)
            var sent: [[UInt8]] = []
            var last: HTTPAnswer
            repeat {
                sent.append(try alice.request("DescribeRegions"))
                last = try await alice.send(try requireValue(sent.last))
            } while last.status == 200 && sent.count < 60
            #expect(last.status == 429 && last.header("x-acs-retry-after") == "1000")
            #expect(try last.json()["Code"] == .text("Rejected.Throttling"))
            #expect((20...30).contains(sent.count))
            for request in sent.dropLast() {
                #expect(try await alice.send(request).json()["Code"] == .text("SignatureNonceUsed"))
            }
            for _ in 0..<5 {
                #expect(try await bob.call("DescribeRegions").status == 200)
                #expect(try await alice.call("DescribeRegions").status == 429)
            }
            // A quarter of an hour and a minute later the nonces have left the window, and room is there again.
            clock.advance(seconds: 960)
            #expect(try await alice.call("DescribeRegions").status == 200)
        }
    }
}
