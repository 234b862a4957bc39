internal import CPKCS11

/// A PKCS#11 module, loaded and initialised. Any number of threads may use it together.
@safe package final class PKCS11Module: @unchecked Sendable {
    // Sendable: the module locks for itself, or the glue lays one lock around every call.
    let pointer: OpaquePointer
    package let path: String

    /// Loads a module. One that this process has loaded already is shared.
    ///
    /// - Parameter path: a shared library, absolute, since a bare name would be looked for.
    package init(path: String) throws(PKCS11Error) {
        guard path.hasPrefix("/") else { throw PKCS11Error("The module \(path) must be named by its whole path.") }
        var code: UInt = 0
        var message = [CChar](repeating: 0, count: 512)
        let module = unsafe CPKCS11_load(path, &code, &message, message.count)
        guard let module = unsafe module else {
            let reason = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard reason.isEmpty else { throw PKCS11Error("The module \(path) cannot be loaded: \(reason)") }
            throw PKCS11Error(code, "start")
        }
        unsafe pointer = module
        self.path = path
    }

    deinit { unsafe CPKCS11_release(pointer) }

    /// Whether the module refuses to lock for itself, so that one call at a time is made.
    package var isSerialised: Bool { unsafe CPKCS11_is_serialised(pointer) == 1 }

    /// What the module says of itself.
    package func name() throws(PKCS11Error) -> String {
        var info = CPKCS11ModuleInfo()
        try Self.check(unsafe CPKCS11_module_info(pointer, &info), "tell what it is")
        let maker = text(&info.manufacturer)
        let description = text(&info.description)
        return
            "\(maker) \(description) \(info.library_major).\(info.library_minor), PKCS #11 \(info.major).\(info.minor)"
    }

    /// A token that is in a slot now.
    package struct TokenInfo: Sendable, Equatable {
        package let slot: UInt
        package let label: String
        package let manufacturer: String
        package let model: String
        package let serial: String
        let flags: UInt
        /// The most sessions that this process may have; nil where no limit is known.
        package let sessionLimit: Int?

        var needsLogin: Bool { flags & 0x4 != 0 }
        var hasUserPIN: Bool { flags & 0x8 != 0 }
        var isInitialised: Bool { flags & 0x400 != 0 }
        /// One more wrong PIN locks the token.
        package var isAtFinalTry: Bool { flags & 0x2_0000 != 0 }
        package var isLocked: Bool { flags & 0x4_0000 != 0 }
    }

    /// The tokens in all slots, initialised ones alone.
    package func tokens() throws(PKCS11Error) -> [TokenInfo] {
        var slots = [UInt](repeating: 0, count: 256)
        var count = slots.count
        try Self.check(unsafe CPKCS11_slots(pointer, &slots, &count), "list its slots")
        var tokens: [TokenInfo] = []
        for slot in slots.prefix(count) {
            // One that was pulled out in between is not there.
            guard let token = try? token(in: slot), token.isInitialised else { continue }
            tokens.append(token)
        }
        return tokens
    }

    package func token(in slot: UInt) throws(PKCS11Error) -> TokenInfo {
        var info = CPKCS11TokenInfo()
        try Self.check(unsafe CPKCS11_token_info(pointer, slot, &info), "describe the token of slot \(slot)")
        return TokenInfo(
            slot: slot,
            label: text(&info.label),
            manufacturer: text(&info.manufacturer),
            model: text(&info.model),
            serial: text(&info.serial),
            flags: info.flags,
            sessionLimit: info.session_limit == 0 ? nil : Int(clamping: info.session_limit)
        )
    }

    /// A mechanism of a slot; nil where it has none such.
    func mechanism(_ number: UInt, in slot: UInt) -> MechanismInfo? {
        var info = CPKCS11MechanismInfo()
        guard unsafe CPKCS11_mechanism_info(pointer, slot, number, &info) == 0 else { return nil }
        return MechanismInfo(flags: info.flags, longestKey: info.largest_key)
    }

    struct MechanismInfo {
        let flags: UInt
        /// In the unit of the mechanism: bits for RSA, bytes for AES.
        let longestKey: UInt
    }

    static func check(_ code: UInt, _ action: @autoclosure () -> String) throws(PKCS11Error) {
        guard code == 0 else { throw PKCS11Error(code, action()) }
    }
}

/// The text of a C array of characters that ends with a zero.
private func text<Characters>(_ characters: inout Characters) -> String {
    unsafe withUnsafeBytes(of: &characters) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
