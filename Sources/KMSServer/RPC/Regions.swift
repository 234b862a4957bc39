package import KMSCore

/// Which region a request is for: its host name says so, or the port that it came to, or the default does.
package struct Regions: Sendable {
    package let `default`: RegionID
    package let served: Set<RegionID>
    /// Further host names, in lower case, and the regions that they stand for.
    package let hosts: [String: RegionID]

    /// - Parameter default: the region of requests that name none; counted among the served ones.
    package init(default: RegionID, served: [RegionID] = [], hosts: [String: RegionID] = [:]) {
        self.default = `default`
        self.served = Set(served + [`default`])
        self.hosts = hosts
    }

    /// The region of a request, and whether its host name or port named it.
    ///
    /// - Parameters:
    ///   - host: the Host header, with or without a port.
    ///   - listener: the region that the port stands for, where it stands for one.
    func region(
        ofHost host: String?,
        listener: RegionID?
    ) throws(KMSError) -> (region: RegionID, isNamed: Bool) {
        let named = try host.map { host throws(KMSError) in try region(named: host) } ?? nil
        switch (named, listener) {
        case (nil, nil): return (`default`, false)
        case (let region?, nil), (nil, let region?): return (region, true)
        case (let region?, let listener?):
            guard region == listener else {
                throw .regionNotServed("The host name means \(region), but this port serves \(listener).")
            }
            return (region, true)
        }
    }

    private func region(named host: String) throws(KMSError) -> RegionID? {
        let name = Self.name(of: host)
        if let region = hosts[name] { return region }
        guard name.utf8.starts(with: "kms".utf8) else { return nil }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 3, labels[0] == "kms" || labels[0] == "kms-vpc", let region = RegionID(String(labels[1]))
        else { return nil }
        if served.contains(region) { return region }
        guard looksLikeRegion(labels[1]) || name.hasSuffix(".aliyuncs.com") else { return nil }
        let list = served.map(\.description).sorted().joined(separator: ", ")
        throw .regionNotServed("The host name asks for \(region); this server has \(list).")
    }

    /// Whether a label that names no served region was meant to: `cn-qingdao` was, the `example` of
    /// `kms.example.com` was not. The areas are those of Alibaba's region names (spec 1.1) and of the served ones.
    private func looksLikeRegion(_ label: Substring) -> Bool {
        func area(_ text: some StringProtocol) -> String? {
            text.utf8.contains(UInt8(ascii: "-")) ? String(text.prefix { $0 != "-" }) : nil
        }
        guard let area = area(label) else { return false }
        return ["ap", "cn", "eu", "me", "us"].contains(area) || served.contains { $0.description.hasPrefix(area + "-") }
    }

    /// The host name in lower case, without port and final dot.
    private static func name(of host: String) -> String {
        // An IPv6 address is written in brackets and names no region.
        guard !host.utf8.starts(with: "[".utf8) else { return "" }
        var name = host.utf8.prefix { $0 != UInt8(ascii: ":") }
        if name.last == UInt8(ascii: ".") { name.removeLast() }
        let text = String(Substring(name))
        return name.allSatisfy { $0 < 0x41 || (0x5B...0x7F).contains($0) } ? text : text.lowercased()
    }
}
