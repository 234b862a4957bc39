package import KMSCore

/// One message between the server and the key process, format version 1 (`Documentation/HSMProtocol.md`):
/// `0x01 | code | u32 count of fields | u32 count of secret | fields | secret`.
///
/// What parses serialises to the very same bytes.
package struct HSMMessage: Sendable {
    /// What is asked for in a request, how it went in an answer.
    package let code: UInt8
    /// Bytes that anybody may see who may see the database.
    package let fields: [UInt8]
    /// A plaintext, kept apart so that it goes straight from secret memory to the socket and back; nil where it is empty.
    package let secret: SecretBox?

    private static let formatVersion: UInt8 = 1
    static let headerByteCount = 10
    /// Bytes of fields: a version with its records and the longest EncryptionContext stay below.
    static let fieldLimit = 65_536
    /// Bytes of a secret.
    static let secretLimit = 8_192

    package init(code: UInt8, fields: [UInt8] = [], secret: SecretBox? = nil) {
        self.code = code
        self.fields = fields
        self.secret = secret?.byteCount == 0 ? nil : secret
    }

    /// Whether the other side would take it.
    var isWithinLimits: Bool { fields.count <= Self.fieldLimit && (secret?.byteCount ?? 0) <= Self.secretLimit }

    /// Everything before the secret.
    var head: [UInt8] {
        var head = [Self.formatVersion, code]
        head.reserveCapacity(Self.headerByteCount + fields.count)
        head.appendBigEndian(UInt32(fields.count))
        head.appendBigEndian(UInt32(secret?.byteCount ?? 0))
        head.append(contentsOf: fields)
        return head
    }

    /// How a message begins: what it is, and how long.
    struct Header: Equatable {
        let code: UInt8
        let fieldByteCount: Int
        let secretByteCount: Int

        /// The header in ten bytes, or nil for another format and for lengths beyond the limits.
        init?(parsing bytes: [UInt8]) {
            var reader = ByteReader(bytes)
            guard reader.byte() == HSMMessage.formatVersion, let code = reader.byte(), let fields = reader.uint32(),
                let secret = reader.uint32(), reader.isAtEnd, fields <= HSMMessage.fieldLimit,
                secret <= HSMMessage.secretLimit
            else { return nil }
            self.code = code
            fieldByteCount = Int(fields)
            secretByteCount = Int(secret)
        }
    }
}
