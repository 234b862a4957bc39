/// What the environment says: Keyhold's own variables, as `dev.env` sets them, before the aliyun CLI's.
struct Environment {
    private let variables: [String: String]

    init(_ variables: [String: String]) { self.variables = variables }

    /// HOST:PORT of a plain HTTP listener.
    var plainEndpoint: String? { self["KEYHOLD_ENDPOINT"] }
    /// HOST:PORT of a TLS listener.
    var tlsEndpoint: String? { self["KEYHOLD_TLS_ENDPOINT"] }
    /// An endpoint that does not say which of the two it is.
    var aliyunEndpoint: String? { self["ALIBABA_CLOUD_ENDPOINT"] }
    /// A file with the certificate authority to trust, in PEM.
    var certificateAuthority: String? { self["KEYHOLD_CA"] }
    var region: String? { self["KEYHOLD_REGION"] ?? self["ALIBABA_CLOUD_REGION_ID"] }
    var profile: String? { self["KEYHOLD_PROFILE"] ?? self["ALIBABA_CLOUD_PROFILE"] }
    var home: String? { self["HOME"] }

    /// An access key: id, secret and token of one family of variables, never mixed.
    func credentials() throws(Failure) -> Credentials? {
        let own = try Credentials(
            id: self["KEYHOLD_ACCESS_KEY_ID"],
            secret: self["KEYHOLD_ACCESS_KEY_SECRET"],
            token: self["KEYHOLD_SECURITY_TOKEN"],
            from: "The environment (KEYHOLD_ACCESS_KEY_…)"
        )
        if let own { return own }
        return try Credentials(
            id: self["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            secret: self["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            token: self["ALIBABA_CLOUD_SECURITY_TOKEN"],
            from: "The environment (ALIBABA_CLOUD_ACCESS_KEY_…)"
        )
    }

    /// An empty variable counts as none.
    private subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }
}
