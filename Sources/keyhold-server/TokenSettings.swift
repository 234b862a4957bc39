internal import Configuration
internal import KMSCore
internal import KMSProtection
internal import SystemPackage

/// A PKCS#11 token that holds HSM keys: the settings under `hsm.pkcs11`. No module, no token.
struct TokenSettings: Sendable {
    /// The module's shared library, by its whole path.
    var module: String?
    /// The backend, as `backend init` named it.
    var name = "pkcs11"
    var slot: UInt?
    var label: String?
    /// The file that has the user's PIN, or the variable of the environment; one of them.
    var pinFile: String?
    var pinVariable: String?
    /// Whether to log in although one more wrong PIN would lock the token.
    var usesFinalTry = false
    /// Sessions that work at once.
    var sessions = 8
    /// Keys that stay in the token while they are used.
    var keys = 1_000
    var vendor = VendorMechanisms()

    static let names = [
        "module", "name", "slot", "label", "pin.file", "pin.environment", "pin.final", "sessions", "keys",
        "sm4.keygen", "sm4.gcm", "sm4.keytype", "sm2.keygen", "sm2.sign", "sm2.keytype",
    ].map { "hsm.pkcs11.\($0)" }

    init() {}

    init(_ reader: ConfigReader) throws(StartupError) {
        module = reader.string(forKey: "hsm.pkcs11.module")
        name = reader.string(forKey: "hsm.pkcs11.name", default: name)
        slot = try reader.number("hsm.pkcs11.slot", in: 0...Int.max).map { UInt($0) }
        label = reader.string(forKey: "hsm.pkcs11.label")
        pinFile = reader.string(forKey: "hsm.pkcs11.pin.file")
        pinVariable = reader.string(forKey: "hsm.pkcs11.pin.environment")
        usesFinalTry = try reader.flag("hsm.pkcs11.pin.final")
        sessions = try reader.number("hsm.pkcs11.sessions", in: 1...1_024) ?? sessions
        keys = try reader.number("hsm.pkcs11.keys", in: 1...1_000_000) ?? keys
        vendor = try Self.vendor(reader)
        try judge()
    }

    private func judge() throws(StartupError) {
        guard Backend.isName(name) else {
            throw StartupError(
                "hsm.pkcs11.name is 1 to 32 lower-case letters, digits and hyphens, and no name of another holder."
            )
        }
        guard module != nil else { return }
        guard (slot == nil) != (label == nil) else {
            throw StartupError("Set hsm.pkcs11.slot or hsm.pkcs11.label: which token of the module is meant.")
        }
        guard (pinFile == nil) != (pinVariable == nil) else {
            throw StartupError(
                "Set hsm.pkcs11.pin.file or hsm.pkcs11.pin.environment: where the PIN of the token's user is."
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
    func token() throws(StartupError) -> PKCS11Token? {
        guard let module else { return nil }
        let choice: PKCS11Token.Choice? = slot.map { .slot($0) } ?? label.map { .label($0) }
        let source: TokenPIN.Source? = pinFile.map { .file($0) } ?? pinVariable.map { .environment($0) }
        guard let choice, let source else { return nil }
        do {
            return PKCS11Token(
                try PKCS11Module(path: module),
                choice,
                pin: TokenPIN(source),
                sessions: sessions,
                usesFinalTry: usesFinalTry
            )
        } catch { throw StartupError(error.description) }
    }
}
