internal import KMSServer
internal import Logging
internal import NIOCore

/// Where the server listens, as clients write it.
struct BoundAddresses: Sendable {
    let http: String?
    let https: String?

    init(_ listeners: [BoundListener]) {
        http = listeners.first { $0.listener.tls == nil }.flatMap(Self.text)
        https = listeners.first { $0.listener.tls != nil }.flatMap(Self.text)
    }

    private static func text(_ bound: BoundListener) -> String? {
        guard let host = bound.address.ipAddress, let port = bound.address.port else { return nil }
        return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let http { metadata["http"] = "\(http)" }
        if let https { metadata["https"] = "\(https)" }
        return metadata
    }
}
