package import KMSAccess
internal import NIOHTTP1

/// The proxies that are believed when they say where a request came from (design 8).
///
/// A proxy appends the address that it was called from to `X-Forwarded-For`. What a trusted proxy wrote is taken from the
/// end of that list on, as far as the addresses are trusted proxies themselves: whatever the client put before stays
/// unread. From anybody else the headers mean nothing.
package struct TrustedProxies: Sendable {
    private let blocks: [AddressBlock]

    package init(_ blocks: [AddressBlock] = []) {
        self.blocks = blocks
    }

    /// Whom a request is from: the peer itself, or whoever trusted proxies say they pass it on for.
    func sender(behind peer: Peer, _ headers: HTTPHeaders) -> Peer {
        guard !blocks.isEmpty, let address = NetworkAddress(peer.source), trusts(address) else { return peer }
        var source = peer.source
        for entry in headers[canonicalForm: "x-forwarded-for"].reversed() {
            // What is no address ends what can be believed; the proxy that wrote it is then the sender.
            guard let text = Self.address(in: entry), let address = NetworkAddress(text) else { break }
            source = text
            guard trusts(address) else { break }
        }
        let isSecure =
            switch headers[canonicalForm: "x-forwarded-proto"].last?.lowercased() {
            case "https": true
            case "http": false
            default: peer.isSecure
            }
        return Peer(source: source, listenerRegion: peer.listenerRegion, isSecure: isSecure)
    }

    private func trusts(_ address: NetworkAddress) -> Bool { blocks.contains { $0.contains(address) } }

    /// The address of an entry, without the port that some proxies add: `192.0.2.1:99`, `[2001:db8::1]:99`.
    private static func address(in entry: Substring) -> String? {
        guard entry.first != "[" else {
            guard let end = entry.firstIndex(of: "]") else { return nil }
            let rest = entry[entry.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            return String(entry[..<end].dropFirst())
        }
        let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
        return String(parts.count == 2 ? parts[0] : entry)
    }
}
