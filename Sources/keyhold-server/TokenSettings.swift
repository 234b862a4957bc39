internal import Configuration
internal import KMSCore
internal import KMSProtection

/// A PKCS#11 token that holds HSM keys: the settings under `hsm.pkcs11`. No module, no token.
struct TokenSettings: Sendable {
    var choice = TokenChoice(prefix)
    /// The backend, as `backend init` named it.
    var name = "pkcs11"
    /// Sessions that work at once.
    var sessions = 8
    /// Keys that stay in the token while they are used.
    var keys = 1_000
    var vendor = VendorMechanisms()

    private static let prefix = "hsm.pkcs11"
    static let names =
        TokenChoice.names(prefix)
        + [
            "name", "sessions", "keys", "sm4.keygen", "sm4.gcm", "sm4.keytype", "sm2.keygen", "sm2.sign", "sm2.keytype",
        ].map { "\(prefix).\($0)" }

    init() {}

    init(_ reader: ConfigReader) throws(StartupError) {
        choice = try TokenChoice(Self.prefix, reader)
        name = reader.string(forKey: "hsm.pkcs11.name", default: name)
        sessions = try reader.number("hsm.pkcs11.sessions", in: 1...1_024) ?? sessions
        keys = try reader.number("hsm.pkcs11.keys", in: 1...1_000_000) ?? keys
        vendor = try Self.vendor(reader)
        guard Backend.isName(name) else {
            throw StartupError(
                "hsm.pkcs11.name is 1 to 32 lower-case letters, digits and hyphens, and no name of another holder."
            )
        }
    }

    private static func vendor(_ reader: ConfigReader) throws(StartupError) -> VendorMechanisms {
        var vendor = VendorMechanisms()
        if let numbers = try numbers(["sm4.keytype", "sm4.keygen", "sm4.gcm"], reader) {
            vendor.sm4 = VendorMechanisms.SM4(keyType: numbers[0], keyGenerator: numbers[1], cipher: numbers[2])
        }
        if let numbers = try numbers(["sm2.keytype", "sm2.keygen", "sm2.sign"], reader) {
            vendor.sm2 = VendorMechanisms.SM2(keyType: numbers[0], keyGenerator: numbers[1], signer: numbers[2])
        }
        return vendor
    }

    /// Numbers that belong together, decimal or as 0x80000101; nil where none of them is set.
    private static func numbers(_ names: [String], _ reader: ConfigReader) throws(StartupError) -> [UInt]? {
        var numbers: [UInt] = []
        for name in names {
            let key = ConfigKey(stringLiteral: "hsm.pkcs11.\(name)")
            guard let text = reader.string(forKey: key) ?? reader.int(forKey: key).map({ "\($0)" }) else { continue }
            let number = text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
            guard let number else {
                throw StartupError("hsm.pkcs11.\(name) is no number such as 0x80000101: \(text)")
            }
            numbers.append(UInt(number))
        }
        guard !numbers.isEmpty else { return nil }
        guard numbers.count == names.count else {
            let all = names.map { "hsm.pkcs11.\($0)" }.joined(separator: ", ")
            throw StartupError("Set all of \(all), or none of them.")
        }
        return numbers
    }

    /// The token that the settings name, not opened yet; nil where they name none.
    func token() throws(StartupError) -> PKCS11Token? { try choice.token(sessions: sessions) }
}
