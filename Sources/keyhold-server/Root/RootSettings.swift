internal import Configuration
internal import KMSCore
internal import KMSProtection

/// What opens this server's root key besides `root.key` in the data folder (`Documentation/RootKeySlots.md`).
struct RootSettings: Sendable {
    /// A file with the passphrase of a slot, readable by the server's user alone.
    var passphraseFile: String?
    /// How the TPM of a slot is reached, as tpm2-tss writes it: `device:/dev/tpmrm0`.
    var tcti: String?
    /// The token of a slot. It may be the one that holds HSM keys.
    var token = TokenChoice(tokenPrefix)

    private static let tokenPrefix = "root.pkcs11"
    static let names = ["root.passphrase.file", "root.tpm.tcti"] + TokenChoice.names(tokenPrefix)

    init() {}

    init(_ reader: ConfigReader) throws(StartupError) {
        passphraseFile = reader.string(forKey: "root.passphrase.file")
        tcti = reader.string(forKey: "root.tpm.tcti")
        token = try TokenChoice(Self.tokenPrefix, reader)
    }

    /// The guard of the token that the settings name.
    func tokenGuard() throws(StartupError) -> TokenGuard {
        guard let token = try token.token() else {
            throw StartupError(
                "Name the token in the settings: root.pkcs11.module, which token is meant, where its PIN is."
            )
        }
        return TokenGuard(token)
    }

    /// The guards that the settings name.
    func guards() throws -> [any RootKeyGuard] {
        var guards: [any RootKeyGuard] = []
        if let passphraseFile { guards.append(PassphraseGuard(try SecretInput.passphrase(inFile: passphraseFile))) }
        if let tcti { guards.append(TPMGuard(tcti: tcti)) }
        if let token = try token.token() { guards.append(TokenGuard(token)) }
        return guards
    }
}
