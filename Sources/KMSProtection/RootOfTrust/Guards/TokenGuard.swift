internal import KMSCore

/// The parameters of a slot that a PKCS#11 token guards: `serial number of the token (16)`, as CK_TOKEN_INFO has it. The
/// slot's id is the CKA_ID of the key.
struct TokenParameters: Equatable {
    let serialNumber: [UInt8]

    init?(parsing bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        serialNumber = bytes
    }

    var bytes: [UInt8] { serialNumber }
}
