internal import CPKCS11
internal import KMSCore

/// One session with a token, lent to one thread at a time: see ``PKCS11Connection/withSession(_:)``.
@safe package struct PKCS11Session: @unchecked Sendable {
    // Sendable: whoever lends it lends it to one.
    let module: PKCS11Module
    let handle: UInt

    var pointer: OpaquePointer { unsafe module.pointer }

    /// What a key of a token is to be. All are sensitive and private.
    package struct Template: Sendable {
        package let keyType: UInt
        package let uses: Uses
        /// Outlives the session, and may then not be changed.
        package var isToken = false
        /// May not be copied either.
        package var forbidsCopies = false
        package var isExtractable = false
        /// What it unwraps is sensitive and not extractable, whoever unwraps it.
        package var unwrapsUnextractable = false
        package var id: [UInt8] = []
        package var label = ""

        package init(_ keyType: UInt, _ uses: Uses, isExtractable: Bool = false) {
            self.keyType = keyType
            self.uses = uses
            self.isExtractable = isExtractable
        }
    }

    package struct Uses: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let encrypt = Uses(rawValue: 1)
        package static let decrypt = Uses(rawValue: 2)
        package static let sign = Uses(rawValue: 4)
        package static let wrap = Uses(rawValue: 8)
        package static let unwrap = Uses(rawValue: 16)
        package static let derive = Uses(rawValue: 32)
    }

    /// What a mechanism takes besides its key.
    enum Parameters: Sendable {
        case none, pssSHA256, oaepSHA1, oaepSHA256

        fileprivate var value: CPKCS11Parameters {
            switch self {
            case .none: CPKCS11_NO_PARAMETERS
            case .pssSHA256: CPKCS11_PSS_SHA256
            case .oaepSHA1: CPKCS11_OAEP_SHA1
            case .oaepSHA256: CPKCS11_OAEP_SHA256
            }
        }
    }

    /// No answer of a token is longer, in bytes: a private RSA key, wrapped.
    private static let longestAnswer = 8_192

    /// Draws a secret key.
    ///
    /// - Parameter byteCount: its length; 0 for ciphers whose keys have one length.
    func generateKey(
        _ mechanism: UInt,
        _ template: Template,
        byteCount: Int
    ) throws(PKCS11Error) -> UInt {
        var key: UInt = 0
        let code = unsafe withTemplate(template) { wanted in
            unsafe CPKCS11_generate_key(pointer, handle, mechanism, wanted, byteCount, &key)
        }
        try PKCS11Module.check(code, "make a key")
        return key
    }

    /// Draws an RSA pair of so many bits, or a pair on a curve by the DER of its parameters.
    func generatePair(
        _ mechanism: UInt,
        _ template: Template,
        modulusBits: Int,
        curve: [UInt8]
    ) throws(PKCS11Error) -> (publicKey: UInt, privateKey: UInt) {
        var (publicKey, privateKey): (UInt, UInt) = (0, 0)
        let code = unsafe withTemplate(template) { wanted in
            unsafe curve.withUnsafeBufferPointer { curve in
                unsafe CPKCS11_generate_pair(
                    pointer,
                    handle,
                    mechanism,
                    wanted,
                    modulusBits,
                    curve.isEmpty ? nil : curve.baseAddress,
                    curve.count,
                    &publicKey,
                    &privateKey
                )
            }
        }
        try PKCS11Module.check(code, "make a key pair")
        return (publicKey, privateKey)
    }

    func attribute(_ attribute: UInt, of object: UInt) throws(PKCS11Error) -> [UInt8] {
        try unsafe answer("show an attribute") { output, count in
            unsafe CPKCS11_attribute(pointer, handle, object, attribute, output, &count)
        }
    }

    /// The secret or private keys of the token that have this CKA_ID, eight at most.
    func findKeys(id: [UInt8], isPrivate: Bool = false) throws(PKCS11Error) -> [UInt] {
        var keys = [UInt](repeating: 0, count: 8)
        var count = keys.count
        try PKCS11Module.check(
            unsafe CPKCS11_find_keys(pointer, handle, isPrivate ? 1 : 0, id, id.count, &keys, &count),
            "look for a key"
        )
        return Array(keys.prefix(count))
    }

    func destroy(_ object: UInt) throws(PKCS11Error) {
        try PKCS11Module.check(unsafe CPKCS11_destroy(pointer, handle, object), "destroy a key")
    }

    func wrap(_ key: UInt, _ mechanism: UInt, under wrappingKey: UInt) throws(PKCS11Error) -> [UInt8] {
        try unsafe answer("wrap a key") { output, count in
            unsafe CPKCS11_wrap(pointer, handle, mechanism, wrappingKey, key, output, &count)
        }
    }

    func unwrap(
        _ wrapped: [UInt8],
        _ mechanism: UInt,
        _ parameters: Parameters = .none,
        under unwrappingKey: UInt,
        isPrivate: Bool,
        _ template: Template
    ) throws(PKCS11Error) -> UInt {
        var key: UInt = 0
        let code = unsafe withTemplate(template) { wanted in
            unsafe wrapped.withUnsafeBufferPointer { wrapped in
                unsafe CPKCS11_unwrap(
                    pointer,
                    handle,
                    mechanism,
                    parameters.value,
                    unwrappingKey,
                    wrapped.baseAddress,
                    wrapped.count,
                    isPrivate ? 1 : 0,
                    wanted,
                    &key
                )
            }
        }
        try PKCS11Module.check(code, "unwrap a key")
        return key
    }

    /// Ciphertext and tag of a mechanism that takes the parameters of GCM.
    func seal(
        _ plaintext: RawSpan,
        _ mechanism: UInt,
        under key: UInt,
        nonce: [UInt8],
        authenticating data: [UInt8]
    ) throws(PKCS11Error) -> [UInt8] {
        try unsafe answer("encrypt", atMost: plaintext.byteCount + 64) { output, count in
            unsafe plaintext.withUnsafeBytes { plaintext in
                unsafe CPKCS11_seal(
                    pointer,
                    handle,
                    mechanism,
                    key,
                    nonce,
                    nonce.count,
                    data,
                    data.count,
                    plaintext.baseAddress,
                    plaintext.count,
                    output,
                    &count
                )
            }
        }
    }

    func open(
        _ sealed: ArraySlice<UInt8>,
        _ mechanism: UInt,
        under key: UInt,
        nonce: [UInt8],
        authenticating data: [UInt8]
    ) throws(PKCS11Error) -> SecretBytes {
        try unsafe secret("decrypt", atMost: sealed.count + 64) { output, count in
            unsafe sealed.withUnsafeBufferPointer { sealed in
                unsafe CPKCS11_open(
                    pointer,
                    handle,
                    mechanism,
                    key,
                    nonce,
                    nonce.count,
                    data,
                    data.count,
                    sealed.baseAddress,
                    sealed.count,
                    output,
                    &count
                )
            }
        }
    }

    func sign(
        _ message: [UInt8],
        _ mechanism: UInt,
        _ parameters: Parameters = .none,
        under key: UInt
    ) throws(PKCS11Error) -> [UInt8] {
        try unsafe answer("sign", atMost: 1_024) { output, count in
            unsafe CPKCS11_sign(
                pointer,
                handle,
                mechanism,
                parameters.value,
                key,
                message,
                message.count,
                output,
                &count
            )
        }
    }

    /// ECDH on P-256: the x coordinate of the point that the key shares with `point`, 32 bytes.
    func agree(with point: [UInt8], under key: UInt) throws(PKCS11Error) -> SecretBytes {
        var code: UInt = 0
        let secret = SecretBytes(byteCount: 32) { output in
            unsafe output.withUnsafeMutableBytes { buffer, count in
                code = unsafe CPKCS11_agree(
                    pointer,
                    handle,
                    key,
                    point,
                    point.count,
                    buffer.baseAddress,
                    buffer.count
                )
                count = buffer.count
            }
        }
        try PKCS11Module.check(code, "agree on a secret")
        return secret
    }

    func decrypt(
        _ ciphertext: [UInt8],
        _ mechanism: UInt,
        _ parameters: Parameters = .none,
        under key: UInt
    ) throws(PKCS11Error) -> SecretBytes {
        try unsafe secret("decrypt", atMost: ciphertext.count + 64) { output, count in
            unsafe CPKCS11_decrypt(
                pointer,
                handle,
                mechanism,
                parameters.value,
                key,
                ciphertext,
                ciphertext.count,
                output,
                &count
            )
        }
    }
}

extension PKCS11Session {
    private func withTemplate(
        _ template: Template,
        _ body: (UnsafePointer<CPKCS11Template>) -> UInt
    ) -> UInt {
        unsafe template.id.withUnsafeBufferPointer { id in
            unsafe template.label.withCString { label in
                var wanted = unsafe CPKCS11Template(
                    key_type: template.keyType,
                    uses: template.uses.rawValue,
                    is_token: template.isToken ? 1 : 0,
                    forbids_copies: template.forbidsCopies ? 1 : 0,
                    is_extractable: template.isExtractable ? 1 : 0,
                    unwraps_unextractable: template.unwrapsUnextractable ? 1 : 0,
                    id: id.baseAddress,
                    id_count: id.count,
                    label: template.label.isEmpty ? nil : label
                )
                return unsafe body(&wanted)
            }
        }
    }

    private func answer(
        _ action: String,
        atMost limit: Int = longestAnswer,
        _ body: (UnsafeMutablePointer<UInt8>, inout Int) -> UInt
    ) throws(PKCS11Error) -> [UInt8] {
        var code: UInt = 0
        var length = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, written in
            guard let start = buffer.baseAddress else { return }
            var count = limit
            code = unsafe body(start, &count)
            length = count
            written = count <= limit ? count : 0
        }
        try PKCS11Module.check(code, action)
        guard length <= limit else { throw Self.overflow(action) }
        return bytes
    }

    /// A module that says it wrote more than there is room for is not believed.
    private static func overflow(_ action: String) -> PKCS11Error {
        PKCS11Error("The module says it wrote more than there is room for: \(action).")
    }

    private func secret(
        _ action: String,
        atMost limit: Int,
        _ body: (UnsafeMutableRawPointer, inout Int) -> UInt
    ) throws(PKCS11Error) -> SecretBytes {
        var code: UInt = 0
        var length = 0
        let buffer = SecretBytes(byteCount: limit) { output in
            unsafe output.withUnsafeMutableBytes { bytes, written in
                guard let start = bytes.baseAddress else { return }
                var count = limit
                code = unsafe body(start, &count)
                length = count
                written = limit
            }
        }
        try PKCS11Module.check(code, action)
        guard length <= limit else { throw Self.overflow(action) }
        return buffer.withBytes { SecretBytes(copying: $0.extracting(0..<length)) }
    }
}
