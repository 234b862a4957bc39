/// One profile of a configuration file, by the field names of the aliyun CLI, which Keyhold's own file shares.
/// ``certificateAuthority`` is Keyhold's addition; fields of the aliyun CLI that are not listed are not used.
struct Profile: Codable, Equatable {
    var name: String
    /// `AK` or `StsToken`; other modes of the aliyun CLI fetch credentials from services that are not here.
    var mode: String?
    var accessKeyID: String?
    var accessKeySecret: String?
    var securityToken: String?
    var region: String?
    var endpoint: String?
    var certificateAuthority: String?
    var output: String?
    var language: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case mode
        case accessKeyID = "access_key_id"
        case accessKeySecret = "access_key_secret"
        case securityToken = "sts_token"
        case region = "region_id"
        case endpoint
        case certificateAuthority = "ca_file"
        case output = "output_format"
        case language
    }

    init(name: String) { self.name = name }

    /// The access key, or nil where the profile has none.
    func credentials() throws(Failure) -> Credentials? {
        let mode = mode.nonEmpty ?? "AK"
        guard mode == "AK" || mode == "StsToken" else {
            throw .usage("Profile '\(name.printable)' has mode '\(mode.printable)'; keyhold knows AK and StsToken.")
        }
        if mode == "StsToken", securityToken.nonEmpty == nil {
            throw .usage("Profile '\(name.printable)' has mode StsToken, but no sts_token.")
        }
        return try Credentials(
            id: accessKeyID.nonEmpty,
            secret: accessKeySecret.nonEmpty,
            token: mode == "StsToken" ? securityToken : nil,
            from: "Profile '\(name.printable)'"
        )
    }

    /// The fields that are filled in, as the file names them, with secrets masked.
    var shownFields: [(name: String, value: String)] {
        let values: [(CodingKeys, String?)] = [
            (.name, name), (.mode, mode), (.accessKeyID, accessKeyID), (.accessKeySecret, accessKeySecret.masked),
            (.securityToken, securityToken.masked), (.region, region), (.endpoint, endpoint),
            (.certificateAuthority, certificateAuthority), (.output, output), (.language, language),
        ]
        return values.compactMap { key, value in value.nonEmpty.map { (key.stringValue, $0) } }
    }
}

extension String? {
    /// The aliyun CLI writes every field, empty where it is not set.
    var nonEmpty: String? { self?.isEmpty ?? true ? nil : self }
    /// Nothing of a secret is shown, not even its length.
    fileprivate var masked: String? { nonEmpty.map { _ in "********" } }
}
