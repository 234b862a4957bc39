package import KMSCore

/// The secret of an access key, ready to sign with.
package struct SigningKey: Sendable {
    /// The secret followed by `&`: V1 signs with all of it, V3 with all but the last byte.
    private let secretAndAmpersand: SecretBox

    package init(secret: borrowing SecretBytes) {
        secretAndAmpersand = SecretBox(
            secret.withBytes { bytes in
                SecretBytes(byteCount: bytes.byteCount + 1) { output in
                    for offset in bytes.byteOffsets {
                        output.append(unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
                    }
                    output.append(UInt8(ascii: "&"))
                }
            }
        )
    }

    func withV1Key<R>(_ body: (RawSpan) -> R) -> R {
        secretAndAmpersand.withBytes(body)
    }

    func withV3Key<R>(_ body: (RawSpan) -> R) -> R {
        secretAndAmpersand.withBytes { body($0.extracting(droppingLast: 1)) }
    }
}
