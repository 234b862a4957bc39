/// What requests say of certificates.
extension ParameterReader {
    mutating func certificateReference(_ name: StaticString = "CertificateId") throws(KMSError) -> CertificateReference
    {
        CertificateReference(try text(name))
    }

    /// Host names: a JSON array of them, or the JSON object that some SDKs send, whose values they are. At most 10.
    mutating func alternativeNames(
        _ name: StaticString = "SubjectAlternativeNames"
    ) throws(KMSError) -> [String] {
        guard let json = try json(name) else { return [] }
        let shape = KMSError.invalid("\(name)", #"Use a JSON array of host names: ["www.example.com"]."#)
        var values: [StrictJSON]
        switch json {
        case .array(let elements): values = elements
        case .object(let members):
            values = []
            for member in members {
                if case .array(let elements) = member.value { values += elements } else { values.append(member.value) }
            }
        default: throw shape
        }
        guard values.count <= Limits.alternativeNames else {
            throw .invalid("\(name)", "\(Limits.alternativeNames) names are allowed.")
        }
        var hosts: [String] = []
        for value in values {
            guard let text = value.text else { throw shape }
            guard Self.isHostName(text) else {
                throw .invalid(
                    "\(name)",
                    "A host name has labels of letters, digits and hyphens; the first may be * alone. "
                        + "Write international names in Punycode."
                )
            }
            hosts.append(text)
        }
        return hosts
    }

    /// A host name by RFC 1123, 2.1, or one whose first label is an asterisk (RFC 9525, 6.3). No address is one.
    static func isHostName(_ text: String) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        var labels = text.split(separator: ".", omittingEmptySubsequences: false)
        if labels.first == "*", labels.count > 2 { labels.removeFirst() }
        guard let last = labels.last, !last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "-")
                }
        }
    }

}
