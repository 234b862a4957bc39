internal import KMSCore

/// The regions of the public service in 2021 (spec 1.1): what a server serves where no list is set.
enum ServedRegions {
    static let all = [
        "cn-hangzhou", "cn-shanghai", "cn-qingdao", "cn-beijing", "cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu",
        "cn-shenzhen", "cn-heyuan", "cn-guangzhou", "cn-chengdu", "cn-hongkong", "ap-northeast-1", "ap-southeast-1",
        "ap-southeast-2", "ap-southeast-3", "ap-southeast-5", "ap-south-1", "eu-central-1", "eu-west-1", "me-east-1",
        "us-east-1", "us-west-1", "cn-hangzhou-finance", "cn-shanghai-finance-1", "cn-shenzhen-finance-1",
    ]

    /// The default region and the others, each once, the default first where the list lacks it.
    static func list(default name: String, others: [String]) throws(StartupError) -> (RegionID, [RegionID]) {
        var list: [RegionID] = []
        for name in others.isEmpty ? all : others { list.append(try region(name)) }
        let first = try region(name)
        return (first, list.contains(first) ? list : [first] + list)
    }

    private static func region(_ name: String) throws(StartupError) -> RegionID {
        guard let region = RegionID(name) else {
            throw StartupError("\(name) is no region: use lower-case letters, digits and hyphens.")
        }
        return region
    }
}
