import CPKCS11
import KMSCore
import KMSCrypto
import KMSProtection

/// A module called with nothing around it: one session, keys of that session. The vault has logged in.
struct DirectModule {
    private let module: OpaquePointer
    private let session: UInt

    init(_ path: String, slot: UInt) throws {
        var result: UInt = 0
        var message = [CChar](repeating: 0, count: 256)
        guard let module = CPKCS11_load(path, &result, &message, message.count) else {
            throw VaultError.unavailable("The module does not load.")
        }
        self.module = module
        var session: UInt = 0
        try Self.check(CPKCS11_open_session(module, slot, 0, &session))
        self.session = session
    }

    private static func check(_ result: UInt) throws {
        guard result == 0 else { throw VaultError.unavailable("The module answered \(result).") }
    }

    func makeKey() throws -> UInt {
        var template = CPKCS11Template()
        template.key_type = 0x1F
        template.uses = UInt32(CPKCS11_ENCRYPT)
        var key: UInt = 0
        try Self.check(CPKCS11_generate_key(module, session, 0x1080, &template, 32, &key))
        return key
    }

    func seal(_ plaintext: [UInt8], under key: UInt) throws {
        let nonce = try RandomBytes.bytes(count: 12)
        var output = [UInt8](repeating: 0, count: plaintext.count + 16)
        var count = output.count
        try Self.check(
            CPKCS11_seal(
                module,
                session,
                0x1087,
                key,
                nonce,
                nonce.count,
                nil,
                0,
                plaintext,
                plaintext.count,
                &output,
                &count
            )
        )
    }

    func makePair(_ spec: KeySpec) throws -> UInt {
        var template = CPKCS11Template()
        template.key_type = spec == .rsa2048 ? 0 : 3
        template.uses = UInt32(CPKCS11_SIGN)
        let curve = spec.curveParameters ?? []
        var (publicKey, privateKey): (UInt, UInt) = (0, 0)
        try curve.withUnsafeBufferPointer { curve in
            try Self.check(
                CPKCS11_generate_pair(
                    module,
                    session,
                    spec == .rsa2048 ? 0 : 0x1040,
                    &template,
                    2_048,
                    curve.isEmpty ? nil : curve.baseAddress,
                    curve.count,
                    &publicKey,
                    &privateKey
                )
            )
        }
        return privateKey
    }

    func sign(_ digest: [UInt8], _ spec: KeySpec, under key: UInt) throws {
        let message = spec == .rsa2048 ? TokenNumbers.digestInfo(ofSHA256: digest) : digest
        var signature = [UInt8](repeating: 0, count: 512)
        var count = signature.count
        let mechanism: UInt = spec == .rsa2048 ? 1 : 0x1041
        try Self.check(
            CPKCS11_sign(
                module,
                session,
                mechanism,
                CPKCS11_NO_PARAMETERS,
                key,
                message,
                message.count,
                &signature,
                &count
            )
        )
    }
}
