import ArgumentParser

/// `keyhold configure set`: fills in fields of a profile and leaves its others alone.
struct ConfigureSet: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Fills in fields of a profile, which is made if need be.",
        discussion: "An empty value clears a field. Secrets given as '-' are read from the standard input, a line each."
    )

    @Option(help: "The profile; 'default' if none is named.")
    var profile = "default"
    @Option(help: "AK, or StsToken for temporary credentials.")
    var mode: String?
    @Option(help: "The region that requests name.")
    var region: String?
    @Option(name: .customLong("access-key-id"), help: "The access key's id.")
    var accessKeyID: String?
    @Option(name: .customLong("access-key-secret"), parsing: .unconditional, help: "Its secret, or '-' to read it.")
    var accessKeySecret: String?
    @Option(
        name: .customLong("sts-token"),
        parsing: .unconditional,
        help: "The token of temporary credentials, or '-'."
    )
    var securityToken: String?
    @Option(help: "HOST:PORT, with http:// or https:// before it if need be.")
    var endpoint: String?
    @Option(name: .customLong("ca"), help: "A certificate authority to trust, as a PEM file.")
    var certificateAuthority: String?
    @Option(help: "json or text.")
    var output: String?
    @Option(help: "Kept for the aliyun CLI's sake, without effect.")
    var language: String?
    @OptionGroup var file: ConfigurationFileOption

    func run(in program: Program) throws(Failure) {
        guard !profile.isEmpty else { throw .usage("--profile needs a name.") }
        let path = try file.ownPath(program)
        var configuration = try ConfigurationFile(path: path) ?? ConfigurationFile()
        var changed = configuration.profile(named: profile) ?? Profile(name: profile)
        try fill(&changed, program)
        try check(changed)
        configuration.put(changed)
        try configuration.write(to: path)
    }

    private func fill(_ profile: inout Profile, _ program: Program) throws(Failure) {
        func set(_ field: WritableKeyPath<Profile, String?>, _ value: String?) {
            if let value { profile[keyPath: field] = value }
        }
        set(\.mode, mode)
        set(\.region, region)
        set(\.accessKeyID, accessKeyID)
        set(\.accessKeySecret, try secret(accessKeySecret, program))
        set(\.securityToken, try secret(securityToken, program))
        set(\.endpoint, endpoint)
        set(\.certificateAuthority, certificateAuthority)
        set(\.output, output)
        set(\.language, language)
        if profile.mode.nonEmpty == nil { profile.mode = profile.securityToken.nonEmpty == nil ? "AK" : "StsToken" }
    }

    private func secret(_ value: String?, _ program: Program) throws(Failure) -> String? {
        guard value == "-" else { return value }
        guard let line = program.readLine(), !line.isEmpty else {
            throw .usage("The standard input holds no secret.")
        }
        return line
    }

    /// Refuses what every later call would refuse. An access key may still be incomplete.
    private func check(_ profile: Profile) throws(Failure) {
        if let mode = profile.mode, mode != "AK", mode != "StsToken" {
            throw .usage("--mode knows AK and StsToken, not '\(mode.printable)'.")
        }
        if let endpoint = profile.endpoint.nonEmpty { _ = try Endpoint(endpoint) { _ in .https } }
        if let output = profile.output.nonEmpty { _ = try OutputFormat(named: output) }
    }
}

extension ConfigurationFile {
    /// Replaces the profile of that name, or adds it; the first one becomes the current one.
    fileprivate mutating func put(_ profile: Profile) {
        if let index = profiles.firstIndex(where: { $0.name == profile.name }) {
            profiles[index] = profile
        } else {
            profiles.append(profile)
        }
        if current.nonEmpty == nil { current = profile.name }
    }
}
