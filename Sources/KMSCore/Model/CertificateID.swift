/// The id of a certificate.
package struct CertificateID: Hashable, Sendable, CustomStringConvertible {
    package let uuid: UUIDBytes

    package init(_ uuid: UUIDBytes) { self.uuid = uuid }

    /// The id that stands for a certificate that does not exist, where a permission must be tested all the same.
    package static let absent = CertificateID(.zero)

    package var description: String { uuid.description }
}

/// How a request names a certificate: by id or ARN.
package enum CertificateReference: Sendable, Equatable {
    case id(CertificateID)
    /// A certificate of a certain account and region.
    case certificate(CertificateID, account: String, region: String)
    /// A text that is no name of a certificate; it names none.
    case unknown

    package init(_ text: String) {
        if let uuid = UUIDBytes(text: text.utf8) {
            self = .id(CertificateID(uuid))
        } else {
            self = Self.arn(text) ?? .unknown
        }
    }

    /// `acs:kms:<region>:<account>:certificate/<id>`
    private static func arn(_ text: String) -> CertificateReference? {
        let parts = text.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "acs", parts[1] == "kms", parts[4].utf8.starts(with: "certificate/".utf8),
            let uuid = UUIDBytes(text: parts[4].utf8.dropFirst(12))
        else { return nil }
        return .certificate(CertificateID(uuid), account: String(parts[3]), region: String(parts[2]))
    }
}
