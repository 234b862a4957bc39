package import KMSCore

/// The first signature scheme: HMAC-SHA1 over the method and all parameters of query and form (spec 1.4).
///
/// SHA-1 is what the API obliges us to; HMAC does not rest on the collision resistance that SHA-1 has lost.
package enum SignatureV1 {
    static let method = "HMAC-SHA1"
    static let version = "1.0"

    /// `METHOD&%2F&` and the encoded canonical query of all parameters but `Signature`.
    package static func stringToSign(method: String, _ query: CanonicalQuery) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(1_024)
        text.append(contentsOf: method.utf8)
        text.append(literal: "&%2F&")
        query.without("Signature").append(.twice, to: &text)
        return text
    }

    /// The value of `Signature`: the code in Base64.
    static func signature(_ stringToSign: [UInt8], key: SigningKey) -> [UInt8] {
        Base64.characters(of: key.v1Code(stringToSign))
    }

    /// The value of `Signature` for parameters that already hold everything else.
    package static func sign(_ parameters: Parameters, method: String, key: SigningKey) throws(KMSError) -> String {
        let text = stringToSign(method: method, try CanonicalQuery(parameters))
        return String(decoding: signature(text, key: key), as: UTF8.self)
    }

    /// The parameters to send: those given, the common ones that signing needs, and `Signature`.
    ///
    /// - Parameters:
    ///   - parameters: the operation's own, with `Action`, `Version` and, if wanted, `Format` and `RegionId`.
    ///   - nonce: never used before with this access key; nil leaves it out.
    ///   - time: within 15 minutes of the server's clock.
    /// - Throws: ``KMSError/unreadableRequest(_:)`` where a name occurs twice.
    package static func signed(
        _ parameters: Parameters,
        method: String,
        accessKeyID: String,
        key: SigningKey,
        securityToken: String? = nil,
        nonce: String?,
        at time: Timestamp
    ) throws(KMSError) -> Parameters {
        var complete = parameters
        complete.append("AccessKeyId", accessKeyID)
        complete.append("SignatureMethod", Self.method)
        complete.append("SignatureVersion", version)
        complete.append("Timestamp", time.description)
        if let nonce { complete.append("SignatureNonce", nonce) }
        if let securityToken { complete.append("SecurityToken", securityToken) }
        complete.append("Signature", try sign(complete, method: method, key: key))
        return complete
    }
}

extension Parameters {
    fileprivate mutating func append(_ name: String, _ value: String) {
        let (start, middle) = (buffer.count, buffer.count + name.utf8.count)
        self = Parameters(
            buffer: buffer + name.utf8 + value.utf8,
            entries: entries + [Entry(name: start..<middle, value: middle..<(middle + value.utf8.count))]
        )
    }
}
