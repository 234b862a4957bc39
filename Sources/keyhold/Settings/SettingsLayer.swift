/// How an endpoint is spoken to that names no scheme.
struct SchemeRule {
    /// `--insecure`: plain HTTP is asked for.
    let isInsecure: Bool
    /// `--ca`: whoever names an authority means TLS, wherever the endpoint itself comes from.
    let namesAuthority: Bool

    init(_ options: GlobalOptions) {
        isInsecure = options.isSet(.insecure)
        namesAuthority = options.isSet(.ca)
    }

    func scheme(isLoopback: Bool, isKnownForTLS: Bool = false) -> Endpoint.Scheme {
        if isInsecure { return .http }
        return isLoopback && !isKnownForTLS && !namesAuthority ? .http : .https
    }
}

/// What one source of settings says. Layers are asked in order: flags, environment, profile.
struct SettingsLayer {
    var endpoint: Endpoint?
    var certificateAuthority: String?
    var region: String?
    var credentials: Credentials?
    var output: OutputFormat?

    /// The flags of the command line.
    init(_ options: GlobalOptions, environment: Environment) throws(Failure) {
        certificateAuthority = options[.ca]
        region = options[.region].nonEmpty
        credentials = try Credentials(
            id: options[.accessKeyID],
            secret: options[.accessKeySecret],
            token: options[.securityToken],
            from: "The command line"
        )
        if let output = options[.output] { self.output = try OutputFormat(named: output) }
        guard let text = options[.endpoint] else { return }
        let isKnownForTLS = text == environment.tlsEndpoint
        endpoint = try Endpoint(text) {
            SchemeRule(options).scheme(isLoopback: $0, isKnownForTLS: isKnownForTLS)
        }
    }

    /// The environment. Its plain endpoint is preferred, as long as it is one that plain HTTP may go to.
    init(_ environment: Environment, _ rule: SchemeRule) throws(Failure) {
        certificateAuthority = environment.certificateAuthority
        region = environment.region
        credentials = try environment.credentials()
        let plain: Endpoint?
        if let text = environment.plainEndpoint { plain = try Endpoint(text) { _ in .http } } else { plain = nil }
        if let plain, plain.scheme == .https || plain.isLoopback || rule.isInsecure || environment.tlsEndpoint == nil {
            endpoint = plain
        } else if let text = environment.tlsEndpoint {
            endpoint = try Endpoint(text) { _ in .https }
        } else if let text = environment.aliyunEndpoint {
            endpoint = try Endpoint(text) { rule.scheme(isLoopback: $0) }
        }
    }

    /// A profile.
    init(_ profile: Profile, _ rule: SchemeRule) throws(Failure) {
        certificateAuthority = profile.certificateAuthority.nonEmpty
        region = profile.region.nonEmpty
        credentials = try profile.credentials()
        // The aliyun CLI knows formats that this program does not; its file is no reason to refuse a call.
        output = profile.output.nonEmpty.flatMap { OutputFormat(rawValue: $0) }
        guard let text = profile.endpoint.nonEmpty else { return }
        let isKnownForTLS = certificateAuthority != nil
        endpoint = try Endpoint(text) { rule.scheme(isLoopback: $0, isKnownForTLS: isKnownForTLS) }
    }
}
