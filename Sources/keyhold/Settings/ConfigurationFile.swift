import FoundationEssentials

/// A configuration file: Keyhold's own, or the aliyun CLI's, which has the same shape.
struct ConfigurationFile: Codable, Equatable {
    /// The name of the profile that holds where none is asked for.
    var current: String?
    var profiles: [Profile]

    init(current: String? = nil, profiles: [Profile] = []) {
        self.current = current
        self.profiles = profiles
    }

    /// Reads the file at `path`, or is nil where there is none.
    init?(path: String) throws(Failure) {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(filePath: path)))
        } catch is DecodingError {
            throw .usage("\(path) is no configuration file: JSON with 'current' and a list 'profiles' is expected.")
        } catch {
            throw .usage("\(path) cannot be read.")
        }
    }

    func profile(named name: String) -> Profile? { profiles.first { $0.name == name } }

    var currentProfile: Profile? { profile(named: current.nonEmpty ?? "default") }
}

/// The files in which profiles are looked for, in order.
struct ConfigurationFiles {
    /// The file that `configure` writes.
    let own: String?
    /// The aliyun CLI's, which is read only; nil where the caller names a file.
    let aliyun: String?

    init(configPath: String?, environment: Environment) {
        own = configPath ?? environment.home.map { $0 + "/.keyhold/config.json" }
        aliyun = configPath == nil ? environment.home.map { $0 + "/.aliyun/config.json" } : nil
    }

    var paths: [String] { [own, aliyun].compactMap(\.self) }

    /// The profile of that name, from the first file that has it; without a name, the current one of the first file
    /// that has any.
    func profile(named name: String?) throws(Failure) -> Profile? {
        for path in paths {
            guard let file = try ConfigurationFile(path: path) else { continue }
            if let profile = name.map({ file.profile(named: $0) }) ?? file.currentProfile { return profile }
        }
        if let name {
            throw .usage("There is no profile '\(name.printable)' in \(paths.joined(separator: " or ")).")
        }
        return nil
    }
}
