package import KMSCore
internal import KMSCrypto

/// The third signature scheme: HMAC-SHA256 over method, query, chosen headers and the hash of the body (spec 1.5).
package enum SignatureV3 {
    static let algorithm = "ACS3-HMAC-SHA256"

    /// What is hashed: method, path, canonical query, a line per signed header, the list of their names and the hash
    /// of the body.
    ///
    /// - Parameters:
    ///   - query: the parameters of the request target alone.
    ///   - headers: names in lower case and trimmed values, in the order of `signedHeaders`.
    ///   - signedHeaders: the names as the `Authorization` lists them, joined by semicolons.
    ///   - bodyHash: 64 lower-case hexadecimal digits.
    package static func canonicalRequest(
        method: String,
        query: CanonicalQuery,
        headers: [(name: String, value: String)],
        signedHeaders: String,
        bodyHash: [UInt8]
    ) -> [UInt8] {
        var text = Array(method.utf8)
        text.append(literal: "\n/\n")
        query.append(.once, to: &text)
        text.append(literal: "\n")
        for header in headers {
            text.append(contentsOf: header.name.utf8)
            text.append(literal: ":")
            text.append(contentsOf: header.value.utf8)
            text.append(literal: "\n")
        }
        text.append(literal: "\n")
        text.append(contentsOf: signedHeaders.utf8)
        text.append(literal: "\n")
        text.append(contentsOf: bodyHash)
        return text
    }

    /// The algorithm's name and the hash of the canonical request.
    package static func stringToSign(_ canonicalRequest: [UInt8]) -> [UInt8] {
        Array((algorithm + "\n").utf8) + SHA256.digest(canonicalRequest).hexadecimal
    }

    /// The value of `Signature`: 64 lower-case hexadecimal digits.
    package static func signature(_ stringToSign: [UInt8], key: SigningKey) -> [UInt8] {
        key.v3Code(stringToSign).hexadecimal
    }

    /// What a client sends, as far as the signature covers it.
    package struct Outgoing: Sendable {
        package var method = "POST"
        /// With the port where it is not the scheme's own: the Host header as it will be sent.
        package var host: String
        package var action: String
        package var version: String
        /// The parameters of the request target; those of a form are part of the body.
        package var query = Parameters([:])
        package var body: [UInt8] = []
        /// Must be given where there is a body.
        package var contentType: String?
        package var securityToken: String?

        package init(host: String, action: String, version: String) {
            self.host = host
            self.action = action
            self.version = version
        }
    }

    /// All headers to send with `request`, `Authorization` among them; names in lower case but for that one.
    ///
    /// - Throws: ``KMSError/unreadableRequest(_:)`` where a parameter occurs twice.
    package static func headers(
        for request: Outgoing,
        accessKeyID: String,
        key: SigningKey,
        nonce: String,
        at time: Timestamp
    ) throws(KMSError) -> [(name: String, value: String)] {
        let bodyHash = SHA256.digest(request.body).hexadecimal
        var headers = [
            (name: "host", value: request.host),
            (name: "x-acs-action", value: request.action),
            (name: "x-acs-content-sha256", value: String(decoding: bodyHash, as: UTF8.self)),
            (name: "x-acs-date", value: time.description),
            (name: "x-acs-signature-nonce", value: nonce),
            (name: "x-acs-version", value: request.version),
        ]
        if let type = request.contentType { headers.append((name: "content-type", value: type)) }
        if let token = request.securityToken {
            headers.append((name: "x-acs-accesskey-id", value: accessKeyID))
            headers.append((name: "x-acs-security-token", value: token))
        }
        headers.sort { $0.name < $1.name }
        let names = headers.map(\.name).joined(separator: ";")
        let canonical = canonicalRequest(
            method: request.method,
            query: try CanonicalQuery(request.query),
            headers: headers,
            signedHeaders: names,
            bodyHash: bodyHash
        )
        let signature = String(decoding: signature(stringToSign(canonical), key: key), as: UTF8.self)
        let authorization = "\(algorithm) Credential=\(accessKeyID),SignedHeaders=\(names),Signature=\(signature)"
        return headers + [(name: "Authorization", value: authorization)]
    }
}
