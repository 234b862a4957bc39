/// Everything a call needs to know but the call itself, put together from flags, environment and profile.
struct Connection: Sendable {
    let endpoint: Endpoint
    /// The only authority to trust, as a PEM file; without one, the system's.
    let certificateAuthority: String?
    /// Sent as RegionId. It belongs to the endpoint beside which it was given: a region of lower rank is not sent,
    /// because another region's port or host name would refuse it.
    let region: String?
    let credentials: Credentials
    let output: OutputFormat
    /// In seconds.
    let connectTimeout: Int
    /// For the whole exchange, in seconds. Creating a key in a hardware module may take several.
    let readTimeout: Int

    init(options: GlobalOptions, environment: Environment) throws(Failure) {
        let layers = try Self.layers(options, environment)
        guard let rank = layers.firstIndex(where: { $0.endpoint != nil }), let endpoint = layers[rank].endpoint else {
            throw .usage(
                """
                There is no endpoint. Source the server's dev.env, give --endpoint HOST:PORT, or store one with \
                'keyhold configure set --endpoint HOST:PORT'.
                """
            )
        }
        guard let credentials = layers.lazy.compactMap(\.credentials).first else {
            throw .usage(
                """
                There is no access key. Set KEYHOLD_ACCESS_KEY_ID and KEYHOLD_ACCESS_KEY_SECRET, or store one with \
                'keyhold configure set --access-key-id ID --access-key-secret -'.
                """
            )
        }
        guard endpoint.scheme == .https || endpoint.isLoopback || options.isSet(.insecure) else {
            throw .usage(
                """
                \(endpoint.authority) would be spoken to in plain HTTP, which shows keys and plaintexts to everybody \
                on the way. Use its TLS endpoint, or give --insecure.
                """
            )
        }
        self.endpoint = endpoint
        self.credentials = credentials
        certificateAuthority = layers.lazy.compactMap(\.certificateAuthority).first
        region = layers[...rank].lazy.compactMap(\.region).first
        output = layers.lazy.compactMap(\.output).first ?? .json
        connectTimeout = try Self.seconds(options, .connectTimeout, default: 5)
        readTimeout = try Self.seconds(options, .readTimeout, default: 30)
    }

    /// A profile that a flag names counts as a flag; one that is current, or named by the environment, comes last.
    private static func layers(
        _ options: GlobalOptions,
        _ environment: Environment
    ) throws(Failure) -> [SettingsLayer] {
        let rule = SchemeRule(options)
        let files = ConfigurationFiles(configPath: options[.configPath], environment: environment)
        let flags = try SettingsLayer(options, environment: environment)
        let surroundings = try SettingsLayer(environment, rule)
        if let name = options[.profile] {
            guard let profile = try files.profile(named: name) else { return [flags, surroundings] }
            return [flags, try SettingsLayer(profile, rule), surroundings]
        }
        // Nothing is missing, so no file is opened: a broken one cannot stop a job that brings its own settings.
        let isComplete =
            [flags, surroundings].contains { $0.endpoint != nil }
            && [flags, surroundings].contains { $0.credentials != nil }
        guard !isComplete || options.isSet(.configPath) || environment.profile != nil,
            let profile = try files.profile(named: environment.profile)
        else { return [flags, surroundings] }
        return [flags, surroundings, try SettingsLayer(profile, rule)]
    }

    private static func seconds(
        _ options: GlobalOptions,
        _ option: GlobalOption,
        default standard: Int
    ) throws(Failure) -> Int {
        guard let text = options[option] else { return standard }
        guard let seconds = Int(text), (1...3600).contains(seconds) else {
            throw .usage("--\(option.rawValue) takes a number of seconds from 1 to 3600.")
        }
        return seconds
    }
}
