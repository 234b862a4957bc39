internal import KMSCore
internal import KMSServer
internal import Logging
internal import NIOCore

/// Where the server listens, as clients write it.
struct BoundAddresses: Sendable {
    let http: String?
    let https: String?
    /// The ports that stand for a region.
    let regions: [(region: RegionID, address: String)]

    init(_ listeners: [BoundListener]) {
        let main = listeners.filter { $0.listener.region == nil }
        http = main.first { $0.listener.tls == nil }.flatMap(Self.text)
        https = main.first { $0.listener.tls != nil }.flatMap(Self.text)
        regions = listeners.compactMap { bound in
            guard let region = bound.listener.region, let address = Self.text(bound) else { return nil }
            return (region, address)
        }
    }

    private static func text(_ bound: BoundListener) -> String? {
        guard let host = bound.address.ipAddress, let port = bound.address.port else { return nil }
        return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let http { metadata["http"] = "\(http)" }
        if let https { metadata["https"] = "\(https)" }
        for (region, address) in regions { metadata["\(region)"] = "\(address)" }
        return metadata
    }
}
