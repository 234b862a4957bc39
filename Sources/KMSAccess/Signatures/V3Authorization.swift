internal import KMSCore

/// The `Authorization` header of the V3 scheme, taken apart: algorithm, then `Credential`, `SignedHeaders` and
/// `Signature` in any order, separated by commas and spaces.
struct V3Authorization: Equatable {
    let credential: String
    /// As listed, joined by semicolons: part of the canonical request.
    let signedHeaders: String
    let signature: String

    init(_ header: String) throws(KMSError) {
        // Anything but printable ASCII is refused, so that no two texts count as one.
        guard header.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .incompleteSignature("The Authorization header may hold printable ASCII characters only.")
        }
        let space = header.firstIndex(of: " ") ?? header.endIndex
        guard header[..<space] == SignatureV3.algorithm else { throw .signatureMethod }

        var fields: [Substring: Substring] = [:]
        for piece in header[space...].split(separator: ",") {
            let field = piece.trimmingSpaces()
            guard let equals = field.firstIndex(of: "=") else {
                throw .incompleteSignature("Authorization must list Credential=…,SignedHeaders=…,Signature=….")
            }
            let name = field[..<equals].trimmingSpaces()
            guard ["Credential", "SignedHeaders", "Signature"].contains(name) else {
                throw .incompleteSignature("Authorization knows Credential, SignedHeaders and Signature only.")
            }
            let value = field[field.index(after: equals)...].trimmingSpaces()
            guard fields.updateValue(value, forKey: name) == nil else {
                throw .incompleteSignature("Authorization names \(name) more than once.")
            }
        }
        guard let credential = fields["Credential"], !credential.isEmpty else { throw .missingCommon("AccessKeyId") }
        guard let signature = fields["Signature"], !signature.isEmpty else { throw .missingCommon("Signature") }
        guard let signedHeaders = fields["SignedHeaders"], !signedHeaders.isEmpty else {
            throw .incompleteSignature("Authorization must list the signed headers in SignedHeaders.")
        }
        self.credential = String(credential)
        self.signedHeaders = String(signedHeaders)
        self.signature = String(signature)
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        let start = drop { $0 == " " }
        guard let last = start.lastIndex(where: { $0 != " " }) else { return start.prefix(0) }
        return start[...last]
    }
}
