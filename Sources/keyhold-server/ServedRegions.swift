internal import Configuration
internal import KMSCore
internal import KMSCrypto

/// The regions that a server serves: their names, where each is reached, and which HSM it has.
struct ServedRegions: Sendable {
    /// A port that stands for a region.
    struct Port: Sendable, Equatable {
        let region: RegionID
        let number: Int
    }

    /// The region of requests whose host name and port name none.
    private(set) var `default`: RegionID
    /// All of them, each once, in the order in which they are told.
    private(set) var all: [RegionID]
    private(set) var ports: [Port] = []
    /// Host names, in lower case, and the regions that they stand for.
    private(set) var hosts: [String: RegionID] = [:]
    private(set) var hsms = ManagedHSM.documented

    /// The regions of the public service in 2021 (spec 1.1): what a server serves where no list is set.
    private static let documented = [
        "cn-hangzhou", "cn-shanghai", "cn-qingdao", "cn-beijing", "cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu",
        "cn-shenzhen", "cn-heyuan", "cn-guangzhou", "cn-chengdu", "cn-hongkong", "ap-northeast-1", "ap-southeast-1",
        "ap-southeast-2", "ap-southeast-3", "ap-southeast-5", "ap-south-1", "eu-central-1", "eu-west-1", "me-east-1",
        "us-east-1", "us-west-1", "cn-hangzhou-finance", "cn-shanghai-finance-1", "cn-shenzhen-finance-1",
    ]

    /// Judges the settings. Regions that ports and host names stand for are served too where no list is set; where one
    /// is, they must be in it, since a misspelt name would be a new and empty region.
    init(_ settings: Settings) throws(StartupError) {
        all = []
        for name in settings.regions.isEmpty ? Self.documented : settings.regions {
            let region = try Self.region(name)
            if !all.contains(region) { all.append(region) }
        }
        `default` = try Self.region(settings.defaultRegion)
        if !all.contains(`default`) { all.insert(`default`, at: 0) }
        let hasList = !settings.regions.isEmpty
        for entry in settings.regionPorts {
            let (name, port) = try ConfigReader.pair(entry, "region.ports")
            let number = try ConfigReader.number(port, "region.ports", in: 0...65_535)
            guard number == 0 || !ports.contains(where: { $0.number == number }) else {
                throw StartupError("region.ports: port \(number) can stand for one region only.")
            }
            ports.append(Port(region: try serve(name, "region.ports", hasList), number: number))
        }
        for entry in settings.regionHosts {
            let (text, name) = try ConfigReader.pair(entry, "region.hosts")
            guard let host = HostName(text)?.text.lowercased(), !host.utf8.contains(UInt8(ascii: ":")) else {
                throw StartupError("region.hosts: \(text) is no host name.")
            }
            guard hosts[host] == nil else { throw StartupError("region.hosts: \(host) can stand for one region only.") }
            hosts[host] = try serve(name, "region.hosts", hasList)
        }
        for entry in settings.regionHSMs { try readHSM(entry) }
    }

    private mutating func serve(_ name: String, _ setting: String, _ hasList: Bool) throws(StartupError) -> RegionID {
        let region = try Self.region(name)
        guard !all.contains(region) else { return region }
        guard !hasList else { throw StartupError("\(setting): \(region) is not in region.list.") }
        all.append(region)
        return region
    }

    private mutating func readHSM(_ entry: String) throws(StartupError) {
        let (name, kind) = try ConfigReader.pair(entry, "region.hsm")
        let region = try Self.region(name)
        guard all.contains(region) else { throw StartupError("region.hsm: \(region) is not served.") }
        switch kind.lowercased() {
        case "fips": hsms[region] = .fips
        case "china": hsms[region] = .chinese
        case "none": hsms[region] = nil
        default: throw StartupError("region.hsm: \(kind) is none of FIPS, China and none.")
        }
    }

    private static func region(_ name: String) throws(StartupError) -> RegionID {
        guard let region = RegionID(name) else {
            throw StartupError("\(name) is no region: use lower-case letters, digits and hyphens.")
        }
        return region
    }
}
