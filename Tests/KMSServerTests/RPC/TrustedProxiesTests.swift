import KMSAccess
import KMSCore
import NIOHTTP1
import Testing

@testable import KMSServer

@Suite("Requests from behind a proxy") struct TrustedProxiesTests {
    private let proxies = TrustedProxies(
        ["10.0.0.0/8", "192.0.2.9", "2001:db8:1::/48"].compactMap { AddressBlock($0) }
    )

    private func sender(
        _ source: String,
        _ forwarded: String...,
        scheme: String? = nil,
        isSecure: Bool = false
    ) -> Peer {
        var headers = HTTPHeaders()
        for value in forwarded { headers.add(name: "X-Forwarded-For", value: value) }
        if let scheme { headers.add(name: "X-Forwarded-Proto", value: scheme) }
        return proxies.sender(behind: Peer(source: source, listenerRegion: nil, isSecure: isSecure), headers)
    }

    @Test("the sender is the last address that is no trusted proxy, whatever stands before it")
    func last() {
        #expect(sender("10.1.1.1", "198.51.100.7").source == "198.51.100.7")
        #expect(sender("10.1.1.1", "1.1.1.1, 198.51.100.7").source == "198.51.100.7")
        #expect(sender("10.1.1.1", "1.1.1.1, 198.51.100.7,10.2.2.2 , 192.0.2.9").source == "198.51.100.7")
        #expect(sender("10.1.1.1", "1.1.1.1", "198.51.100.7, 10.2.2.2").source == "198.51.100.7")
        #expect(sender("2001:db8:1::5", "2001:db8:2::7").source == "2001:db8:2::7")
        #expect(sender("::ffff:10.1.1.1", "198.51.100.7").source == "198.51.100.7")
        #expect(sender("10.1.1.1", "198.51.100.7:4711").source == "198.51.100.7")
        #expect(sender("10.1.1.1", "[2001:db8:2::7]:4711").source == "2001:db8:2::7")
        #expect(sender("10.1.1.1", "10.3.3.3, 10.2.2.2").source == "10.3.3.3")
    }

    @Test("from anybody else the headers mean nothing")
    func strangers() {
        for source in ["192.0.2.8", "11.0.0.1", "2001:db8:2::5", "local", "unknown", ""] {
            let peer = sender(source, "198.51.100.7", scheme: "https")
            #expect(peer.source == source && !peer.isSecure)
        }
        let none = Peer(source: "10.1.1.1", listenerRegion: nil, isSecure: false)
        let headers = HTTPHeaders([("x-forwarded-for", "198.51.100.7"), ("x-forwarded-proto", "https")])
        let peer = TrustedProxies().sender(behind: none, headers)
        #expect(peer.source == "10.1.1.1" && !peer.isSecure)
    }

    @Test(
        "what is no address is not believed, nor what stands before it",
        arguments: ["unknown", "evil\" }", "198.51.100.7/8", "[2001:db8:2::7", "[::1]x", "1.2.3", "_hidden"]
    )
    func noAddress(_ text: String) {
        #expect(sender("10.1.1.1", "198.51.100.7, \(text)").source == "10.1.1.1")
        #expect(sender("10.1.1.1", "198.51.100.7, \(text), 10.2.2.2").source == "10.2.2.2")
    }

    @Test("the scheme is what the last proxy says, else the listener's own")
    func scheme() {
        #expect(sender("10.1.1.1", scheme: "https").isSecure)
        #expect(sender("10.1.1.1", scheme: "HTTPS").isSecure)
        #expect(!sender("10.1.1.1", scheme: "https, http", isSecure: true).isSecure)
        #expect(sender("10.1.1.1", scheme: "gopher", isSecure: true).isSecure)
        #expect(!sender("10.1.1.1").isSecure && sender("10.1.1.1", isSecure: true).isSecure)
        #expect(sender("10.1.1.1").source == "10.1.1.1")
    }

    @Test("the trail names the client behind a trusted proxy, of refused requests too")
    func trail() throws {
        let lines = "Host: 127.0.0.1\r\nX-Forwarded-For: 1.1.1.1, 198.51.100.7\r\n\r\n"
        // The embedded peer is 192.0.2.7.
        for (block, source) in [("192.0.2.0/24", "198.51.100.7"), ("192.0.3.0/24", "192.0.2.7")] {
            let bench = Bench(proxies: TrustedProxies([try #require(AddressBlock(block))]))
            for action in ["Nothing", "Nobody"] {
                let query = "Action=\(action)&Version=2016-01-20&AccessKeyId=AK"
                _ = try bench.answer("GET /?\(query) HTTP/1.1\r\n" + lines)
            }
            #expect(bench.audit.records.map(\.source) == [source, source])
        }
    }
}
