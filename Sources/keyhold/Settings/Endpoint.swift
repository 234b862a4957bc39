/// Where requests are sent: a scheme, a host and a port.
struct Endpoint: Equatable, Sendable {
    enum Scheme: String {
        case http
        case https

        var port: Int { self == .http ? 80 : 443 }
    }

    let scheme: Scheme
    /// A name or an address; an IPv6 address without its brackets.
    let host: String
    let port: Int

    /// Reads `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`, with `http://` or `https://` before it or not.
    ///
    /// - Parameter scheme: chooses where the text does not say, told whether the host is this machine.
    init(_ text: String, scheme choose: (_ isLoopback: Bool) -> Scheme) throws(Failure) {
        let malformed = Failure.usage(
            "'\(text.printable)' is no endpoint: HOST:PORT is expected, as in 127.0.0.1:8080."
        )
        var rest = text[...]
        var written: Scheme?
        for scheme in [Scheme.http, .https] where rest.lowercased().hasPrefix("\(scheme.rawValue)://") {
            rest = rest.dropFirst(scheme.rawValue.count + 3)
            written = scheme
            break
        }
        if rest.last == "/" { rest.removeLast() }

        let port: Substring?
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            host = rest[rest.index(after: rest.startIndex)..<end].lowercased()
            let tail = rest[rest.index(after: end)...]
            guard tail.isEmpty || tail.first == ":" else { throw malformed }
            port = tail.isEmpty ? nil : tail.dropFirst()
            guard host.contains(":"), host.utf8.allSatisfy(Self.isAddressByte) else { throw malformed }
        } else {
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count) else { throw malformed }
            host = parts[0].lowercased()
            port = parts.count == 2 ? parts[1] : nil
            guard !host.isEmpty, host.utf8.allSatisfy(Self.isNameByte) else { throw malformed }
        }
        let scheme = written ?? choose(Self.isLoopback(host))
        self.scheme = scheme
        guard let port else {
            self.port = scheme.port
            return
        }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port), number > 0 else {
            throw malformed
        }
        self.port = Int(number)
    }

    var isLoopback: Bool { Self.isLoopback(host) }

    /// The Host header: the port only where it is not the scheme's own.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == scheme.port ? name : "\(name):\(port)"
    }

    var url: String { "\(scheme.rawValue)://\(authority)/" }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host.hasSuffix(".localhost") || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), 0x30...0x39: true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), 0x30...0x39, UInt8(ascii: ":"), UInt8(ascii: "."): true
        default: false
        }
    }
}
