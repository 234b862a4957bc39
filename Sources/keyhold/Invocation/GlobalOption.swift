/// An option of the program itself, in lower case; parameters of the API begin with a capital.
enum GlobalOption: String, CaseIterable {
    case profile
    case endpoint
    case region
    case accessKeyID = "access-key-id"
    case accessKeySecret = "access-key-secret"
    case securityToken = "sts-token"
    case ca
    case configPath = "config-path"
    case output
    case version
    case connectTimeout = "connect-timeout"
    case readTimeout = "read-timeout"
    case language
    case insecure
    case dryrun
    case force
    case help

    var takesValue: Bool {
        switch self {
        case .insecure, .dryrun, .force, .help: false
        default: true
        }
    }
}

/// The options of one command line.
struct GlobalOptions: Equatable {
    private var values: [GlobalOption: String] = [:]

    init() {}

    subscript(option: GlobalOption) -> String? { values[option] }

    func isSet(_ option: GlobalOption) -> Bool { values[option] != nil }

    mutating func set(_ option: GlobalOption, to value: String) throws(Failure) {
        guard values.updateValue(value, forKey: option) == nil else {
            throw .usage("--\(option.rawValue) is given twice.")
        }
    }
}
