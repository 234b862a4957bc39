internal import Configuration
internal import KMSCore
internal import KMSProtection

/// Which token of which PKCS#11 module, and where its user's PIN is: the settings under `hsm.pkcs11` and `root.pkcs11`.
struct TokenChoice: Sendable {
    /// Before the names of these settings.
    let prefix: String
    /// The module's shared library, by its whole path. None, no token.
    var module: String?
    var slot: UInt?
    var label: String?
    /// The file that has the user's PIN, or the variable of the environment; one of them.
    var pinFile: String?
    var pinVariable: String?
    /// Whether to log in although one more wrong PIN would lock the token.
    var usesFinalTry = false

    static func names(_ prefix: String) -> [String] {
        ["module", "slot", "label", "pin.file", "pin.environment", "pin.final"].map { "\(prefix).\($0)" }
    }

    init(_ prefix: String) { self.prefix = prefix }

    init(_ prefix: String, _ reader: ConfigReader) throws(StartupError) {
        self.prefix = prefix
        func text(_ name: String) -> String? { reader.string(forKey: ConfigKey(stringLiteral: "\(prefix).\(name)")) }
        module = text("module")
        slot = try reader.number("\(prefix).slot", in: 0...Int.max).map { UInt($0) }
        label = text("label")
        pinFile = text("pin.file")
        pinVariable = text("pin.environment")
        usesFinalTry = try reader.flag("\(prefix).pin.final")
        guard module != nil else { return }
        guard (slot == nil) != (label == nil) else {
            throw StartupError("Set \(prefix).slot or \(prefix).label: which token of the module is meant.")
        }
        guard (pinFile == nil) != (pinVariable == nil) else {
            throw StartupError(
                "Set \(prefix).pin.file or \(prefix).pin.environment: where the PIN of the token's user is."
            )
        }
    }

    /// The token that the settings name, not opened yet; nil where they name none.
    func token(sessions: Int = 1) throws(StartupError) -> PKCS11Token? {
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
