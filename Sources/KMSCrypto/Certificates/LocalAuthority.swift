internal import CCrypto
package import KMSCore

/// A certificate authority of one server's own, for TLS where nobody gave a certificate.
///
/// It may vouch for the host names that it was made for and for no others, so that trusting it costs little. Addresses
/// are not constrained: BoringSSL, and so every client over SwiftNIO, refuses a chain that constrains them.
package struct LocalAuthority: Sendable {
    /// PEM text.
    package let certificate: [UInt8]
    /// PEM text.
    package let privateKey: SecretBox

    package init(certificate: [UInt8], privateKey: SecretBox) {
        self.certificate = certificate
        self.privateKey = privateKey
    }

    /// A certificate chain and its key, both PEM text.
    package struct Issued: Sendable {
        package let certificate: [UInt8]
        package let privateKey: SecretBox
    }

    /// 397 days are the longest that every client accepts; a certificate is valid from an hour before it was issued.
    private static let serverDays = 396
    private static let authorityDays = 3_650
    private static let pemLimit = 16_384

    /// Makes an authority for these host names and addresses, and for those of this machine itself.
    package static func make(for names: [HostName]) throws(CryptoError) -> LocalAuthority {
        // RFC 5280, 4.2.1.10: a kind of name that no constraint speaks of is not constrained at all. With the
        // loopback names there is always a host name.
        let loopback = ["localhost", "127.0.0.1", "::1"].compactMap { HostName($0) }
        let all = names + loopback.filter { !names.contains($0) }
        let permitted = "critical," + all.compactMap(\.constraint).joined(separator: ",")
        let issued = try unsafe pem { certificate, certificateCount, key, keyCount in
            unsafe CCrypto_authority_create(
                "Keyhold local authority",
                permitted,
                authorityDays,
                certificate,
                certificateCount,
                key,
                keyCount
            )
        }
        return LocalAuthority(certificate: issued.certificate, privateKey: issued.privateKey)
    }

    /// A server certificate for some of the names that the authority was made for.
    package func issue(for names: [HostName]) throws(CryptoError) -> Issued {
        let list = names.map(\.alternative).joined(separator: ",")
        return try privateKey.withBytes { authorityKey throws(CryptoError) in
            try unsafe Self.pem { certificate, certificateCount, key, keyCount in
                unsafe self.certificate.withUnsafeBufferPointer { authority in
                    unsafe authorityKey.withUnsafeBytes { authorityKey in
                        unsafe CCrypto_authority_issue(
                            authority.baseAddress,
                            authority.count,
                            authorityKey.baseAddress?.assumingMemoryBound(to: UInt8.self),
                            authorityKey.count,
                            names.first?.text ?? "localhost",
                            list,
                            Self.serverDays,
                            certificate,
                            certificateCount,
                            key,
                            keyCount
                        )
                    }
                }
            }
        }
    }

    /// How many whole days a PEM certificate is still valid, negative when it has expired; nil where it is none.
    package static func daysLeft(of certificate: [UInt8]) -> Int? {
        var days: CInt = 0
        let isRead = unsafe certificate.withUnsafeBufferPointer { pem in
            unsafe CCrypto_certificate_days_left(pem.baseAddress, pem.count, &days)
        }
        return isRead == 1 ? Int(days) : nil
    }

    private static func pem(
        _ make: (
            UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>, UnsafeMutablePointer<UInt8>,
            UnsafeMutablePointer<Int>
        ) -> CInt
    ) throws(CryptoError) -> Issued {
        var certificate = [UInt8](repeating: 0, count: pemLimit)
        var certificateCount = pemLimit
        var keyCount = pemLimit
        let whole = try unsafe SecretBytes(writing: pemLimit) { key in
            unsafe certificate.withUnsafeMutableBufferPointer { certificate in
                unsafe make(certificate.baseAddress, &certificateCount, key, &keyCount)
            }
        }
        let key = whole.withBytes { bytes in
            SecretBytes(copying: bytes.extracting(0..<keyCount))
        }
        return Issued(certificate: Array(certificate.prefix(certificateCount)), privateKey: SecretBox(key))
    }
}

/// A host name or address that a certificate can be for.
package struct HostName: Sendable, Hashable {
    /// Letters, digits, dots, hyphens and colons; nothing that means something in a list of names.
    package let text: String
    private let isAddress: Bool

    /// Nil for a text that is neither a host name nor an address.
    package init?(_ text: String) {
        guard (1...253).contains(text.utf8.count), text.utf8.allSatisfy({ Self.permits($0) }) else { return nil }
        self.text = text
        let isIPv4 = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        isAddress = isIPv4 || text.utf8.contains(UInt8(ascii: ":"))
    }

    private static func permits(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    var alternative: String { (isAddress ? "IP:" : "DNS:") + text }

    /// A host name that the authority may vouch for; nil for an address.
    var constraint: String? { isAddress ? nil : "permitted;DNS:\(text)" }
}
