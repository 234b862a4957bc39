package import KMSCore
internal import KMSCrypto

/// The secret of an access key, ready to sign with.
package struct SigningKey: Sendable {
    /// Keyed with the secret followed by `&`.
    private let v1: KeyedMAC
    private let v3: KeyedMAC

    package init(secret: borrowing SecretBytes) {
        let (secret, secretAndAmpersand) = secret.withBytes { bytes in
            (
                SecretBox(SecretBytes(copying: bytes)),
                SecretBox(
                    SecretBytes(byteCount: bytes.byteCount + 1) { output in
                        for offset in bytes.byteOffsets {
                            output.append(unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
                        }
                        output.append(UInt8(ascii: "&"))
                    }
                )
            )
        }
        v1 = KeyedMAC(.insecureSHA1, key: secretAndAmpersand)
        v3 = KeyedMAC(.sha256, key: secret)
    }

    /// The 20 bytes whose Base64 is a V1 signature.
    func v1Code(_ stringToSign: [UInt8]) -> [UInt8] { v1.code(stringToSign) }

    /// The 32 bytes whose hexadecimal digits are a V3 signature.
    func v3Code(_ stringToSign: [UInt8]) -> [UInt8] { v3.code(stringToSign) }
}
