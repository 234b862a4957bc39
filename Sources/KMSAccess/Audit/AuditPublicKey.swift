package import KMSCore
internal import KMSCrypto

/// The key that verifies the checkpoints of a trail: a P-256 key.
package struct AuditPublicKey: Sendable {
    private let key: PublicKey

    /// The key of a DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), or of its PEM text (RFC 7468, 13), or nil.
    package init?(_ bytes: [UInt8]) {
        let der = Self.der(ofPEM: bytes) ?? bytes
        guard let key = try? PublicKey(.ecP256, der: der) else { return nil }
        self.key = key
    }

    private static func der(ofPEM bytes: [UInt8]) -> [UInt8]? {
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map {
            $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0
        }
        guard let first = lines.firstIndex(where: { $0.elementsEqual("-----BEGIN PUBLIC KEY-----".utf8) }),
            let last = lines.firstIndex(where: { $0.elementsEqual("-----END PUBLIC KEY-----".utf8) }), first < last
        else { return nil }
        return Base64.decode(Array(lines[(first + 1)..<last].joined())[...])
    }

    package var der: [UInt8] { key.der }
    package var pem: String { key.pem }

    /// SHA-256 of ``der`` in hexadecimal digits: what a checkpoint names the key by.
    package var digest: String {
        var text: [UInt8] = []
        text.appendHexadecimal(SHA256.digest(key.der))
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a checkpoint's signature is right: over SHA-256 of the line up to the signature.
    package func hasSigned(_ line: AuditLine) -> Bool {
        guard line.kind == .checkpoint, let members = line.members, members["key"]?.text == digest,
            let text = members["signature"]?.text, let signature = Base64.decode(Array(text.utf8)[...])
        else { return false }
        // The signature is the last member before the MAC, and its characters stand for themselves.
        let ending = Array(#","signature":"\#(text)""#.utf8)
        let authenticated = line.authenticated
        guard authenticated.suffix(ending.count).elementsEqual(ending) else { return false }
        let digest = SHA256.digest(Array(authenticated.dropLast(ending.count)))
        return key.verify(signature, of: digest, with: .ecdsaSHA256)
    }
}
