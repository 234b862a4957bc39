/// Why a PKCS#11 module, or its token, did not do what it was asked to. The text is for the operator.
package struct PKCS11Error: Error, Sendable, Equatable, CustomStringConvertible {
    /// The standard's CKR number; nil where the reason is not the module's.
    package let code: UInt?
    package let description: String

    package init(_ description: String) {
        code = nil
        self.description = description
    }

    /// What the module answered to `action`, an infinitive such as "sign".
    init(_ code: UInt, _ action: String) {
        self.code = code
        let known = Self.names[code]
        let name = known?.name ?? "CKR 0x\(String(code, radix: 16))"
        description = "The module does not \(action): \(name)\(known.map { ", \($0.meaning)" } ?? "")."
    }

    /// Whether the way to the token was lost, so that it must be gone anew: sessions, login and every handle are void.
    var isLoss: Bool { code.map(Self.losses.contains) ?? false }

    /// Whether the input was at fault, where the module says so.
    var blamesInput: Bool { code.map(Self.inputFaults.contains) ?? false }

    /// Whether it may have been the input or the token: modules give these for a wrong tag or padding too.
    var isVague: Bool { code == 0x05 || code == 0x06 || code == 0x07 }

    /// Whether the session may still be in the middle of something.
    var leavesSessionBusy: Bool { code == 0x90 || code == 0x150 }

    /// Whether the module does not know the mechanism, or not with these parameters or this key.
    var isLackOfMechanism: Bool { code.map { [0x07, 0x54, 0x63, 0x68, 0x70, 0x71].contains($0) } ?? false }

    /// Whether the token refuses a template.
    var refusesTemplate: Bool { code.map { [0x10, 0x12, 0x13, 0xD0, 0xD1].contains($0) } ?? false }

    static let sessionCount: UInt = 0xB1
    static let alreadyLoggedIn: UInt = 0x100
    /// What C_Login answers to a PIN that it will not take the next time either.
    static let pinRefusals: Set<UInt> = [0xA0, 0xA1, 0xA2, 0xA3, 0xA4]

    private static let losses: Set<UInt> = [
        0x03, 0x30, 0x32, 0x60, 0x82, 0xB0, 0xB3, 0xE0, 0xE1, 0xF0, 0x101, 0x113,
    ]
    private static let inputFaults: Set<UInt> = [0x20, 0x21, 0x40, 0x41, 0x42, 0x110, 0x112]

    /// Names of PKCS #11 2.40, chapter 3 ("CKR_…"), with what they mean for an operator.
    private static let names: [UInt: (name: String, meaning: String)] = [
        0x02: ("CKR_HOST_MEMORY", "memory is out"),
        0x03: ("CKR_SLOT_ID_INVALID", "there is no such slot"),
        0x05: ("CKR_GENERAL_ERROR", "it does not say why"),
        0x06: ("CKR_FUNCTION_FAILED", "it does not say why"),
        0x07: ("CKR_ARGUMENTS_BAD", "it does not take such parameters"),
        0x0A: ("CKR_CANT_LOCK", "it cannot be used by several threads"),
        0x10: ("CKR_ATTRIBUTE_READ_ONLY", "an attribute is fixed"),
        0x12: ("CKR_ATTRIBUTE_TYPE_INVALID", "it does not know an attribute"),
        0x13: ("CKR_ATTRIBUTE_VALUE_INVALID", "it does not take an attribute's value"),
        0x20: ("CKR_DATA_INVALID", "the data is wrong"),
        0x21: ("CKR_DATA_LEN_RANGE", "the data has a wrong length"),
        0x30: ("CKR_DEVICE_ERROR", "the token has a fault"),
        0x31: ("CKR_DEVICE_MEMORY", "the token's memory is full"),
        0x32: ("CKR_DEVICE_REMOVED", "the token was removed"),
        0x40: ("CKR_ENCRYPTED_DATA_INVALID", "the ciphertext is wrong"),
        0x41: ("CKR_ENCRYPTED_DATA_LEN_RANGE", "the ciphertext has a wrong length"),
        0x54: ("CKR_FUNCTION_NOT_SUPPORTED", "it lacks the function"),
        0x60: ("CKR_KEY_HANDLE_INVALID", "the key is gone from the token"),
        0x62: ("CKR_KEY_SIZE_RANGE", "the key has a wrong length"),
        0x63: ("CKR_KEY_TYPE_INCONSISTENT", "the key is of another type"),
        0x68: ("CKR_KEY_FUNCTION_NOT_PERMITTED", "the key may not be used for this"),
        0x6A: ("CKR_KEY_UNEXTRACTABLE", "the key cannot be wrapped"),
        0x70: ("CKR_MECHANISM_INVALID", "it lacks the mechanism"),
        0x71: ("CKR_MECHANISM_PARAM_INVALID", "it does not take the mechanism's parameters"),
        0x82: ("CKR_OBJECT_HANDLE_INVALID", "the object is gone from the token"),
        0x90: ("CKR_OPERATION_ACTIVE", "the session is in the middle of something"),
        0xA0: ("CKR_PIN_INCORRECT", "the PIN is wrong"),
        0xA1: ("CKR_PIN_INVALID", "the PIN has characters that it does not take"),
        0xA2: ("CKR_PIN_LEN_RANGE", "the PIN has a wrong length"),
        0xA3: ("CKR_PIN_EXPIRED", "the PIN has expired"),
        0xA4: ("CKR_PIN_LOCKED", "the PIN is locked"),
        0xB0: ("CKR_SESSION_CLOSED", "the session was closed"),
        0xB1: ("CKR_SESSION_COUNT", "it has as many sessions as it takes"),
        0xB3: ("CKR_SESSION_HANDLE_INVALID", "the session is gone"),
        0xB5: ("CKR_SESSION_READ_ONLY", "the session may not write"),
        0xD0: ("CKR_TEMPLATE_INCOMPLETE", "it wants more attributes"),
        0xD1: ("CKR_TEMPLATE_INCONSISTENT", "it does not take the attributes together"),
        0xE0: ("CKR_TOKEN_NOT_PRESENT", "there is no token in the slot"),
        0xE1: ("CKR_TOKEN_NOT_RECOGNIZED", "it does not know the token"),
        0xE2: ("CKR_TOKEN_WRITE_PROTECTED", "the token may not be written"),
        0xF0: ("CKR_UNWRAPPING_KEY_HANDLE_INVALID", "the unwrapping key is gone from the token"),
        0x101: ("CKR_USER_NOT_LOGGED_IN", "nobody is logged in"),
        0x102: ("CKR_USER_PIN_NOT_INITIALIZED", "the token's user has no PIN yet"),
        0x110: ("CKR_WRAPPED_KEY_INVALID", "the wrapped key is wrong"),
        0x112: ("CKR_WRAPPED_KEY_LEN_RANGE", "the wrapped key has a wrong length"),
        0x113: ("CKR_WRAPPING_KEY_HANDLE_INVALID", "the wrapping key is gone from the token"),
        0x150: ("CKR_BUFFER_TOO_SMALL", "its answer is longer than there is room for"),
        0x190: ("CKR_CRYPTOKI_NOT_INITIALIZED", "somebody has shut it down"),
    ]
}
