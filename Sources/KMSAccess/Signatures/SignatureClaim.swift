internal import KMSCore
internal import KMSCrypto

/// What a request says about who signed it, read but not yet believed.
struct SignatureClaim {
    let accessKeyID: ArraySlice<UInt8>
    let timestamp: Timestamp
    /// Nil where the request has none, which V1 permits.
    let nonce: ArraySlice<UInt8>?
    /// The parameter; under V3 the signed header, or else the parameter. Nil where it is absent or empty.
    let securityToken: ArraySlice<UInt8>?
    /// The text of the signature.
    let signature: ArraySlice<UInt8>
    let scheme: Scheme

    enum Scheme {
        case v1
        case v3(SignedHeaders)
    }

    /// The signed headers of a V3 request: each present exactly once, every one that is used among them.
    struct SignedHeaders {
        let list: String
        /// In the order of the list, names in lower case.
        let headers: [(name: String, value: String)]
    }
}

// MARK: V1

extension SignatureClaim {
    /// The claim of a V1 request; its headers play no part.
    init(v1 request: SignedRequest, requiresNonce: Bool) throws(KMSError) {
        func required(_ name: StaticString) throws(KMSError) -> ArraySlice<UInt8> {
            guard let value = request.value(name) else { throw .missingCommon("\(name)") }
            return value
        }
        let accessKeyID = try required("AccessKeyId")
        let signature = try required("Signature")
        let method = try required("SignatureMethod")
        let version = try required("SignatureVersion")
        let nonce = request.value("SignatureNonce")
        if requiresNonce, nonce == nil { throw .missingCommon("SignatureNonce") }
        guard let time = request.value("Timestamp") else { throw .timestampMissing("Timestamp") }
        guard method.elementsEqual(SignatureV1.method.utf8), version.elementsEqual(SignatureV1.version.utf8) else {
            throw .signatureMethod
        }
        guard let timestamp = Timestamp(text: time) else { throw .timestampFormat }
        self.init(
            accessKeyID: accessKeyID,
            timestamp: timestamp,
            nonce: nonce,
            securityToken: request.value("SecurityToken"),
            signature: signature,
            scheme: .v1
        )
    }
}

extension SignedRequest {
    /// The parameter's value; an empty one counts as absent.
    func value(_ name: StaticString) -> ArraySlice<UInt8>? {
        guard let value = parameters.value(of: name), !value.isEmpty else { return nil }
        return value
    }
}

// MARK: V3

extension SignatureClaim {
    /// Must be signed in every request.
    private static let alwaysSigned = ["host", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"]
    /// Must be signed where present, since their values are used.
    private static let signedIfPresent = [
        "x-acs-action", "x-acs-version", "x-acs-security-token", "x-acs-accesskey-id",
    ]

    /// The claim of a V3 request.
    init(v3 request: SignedRequest) throws(KMSError) {
        guard request.headers.count(where: { $0.name == "authorization" }) == 1 else {
            throw .incompleteSignature("Send the header Authorization exactly once.")
        }
        let authorization = try V3Authorization(request.header("authorization") ?? "")
        guard request.isPresent("x-acs-signature-nonce") else { throw .missingCommon("SignatureNonce") }
        guard request.isPresent("x-acs-date") else { throw .timestampMissing("x-acs-date") }
        let signed = try SignedHeaders(authorization.signedHeaders, of: request)
        for name in Self.alwaysSigned {
            guard signed.contains(name) else {
                throw .incompleteSignature("The header \(name) must be sent and listed in SignedHeaders.")
            }
        }
        for name in Self.signedIfPresent where request.header(name) != nil && !signed.contains(name) {
            throw .incompleteSignature("The header \(name) is used and must be listed in SignedHeaders.")
        }
        // The type decides whether a body is read as parameters.
        if !request.body.isEmpty, !signed.contains("content-type") {
            throw .incompleteSignature("A request with a body must sign its header content-type.")
        }
        try Self.checkAgreement(request, with: authorization)
        guard let timestamp = Timestamp(text: Array((request.header("x-acs-date") ?? "").utf8)) else {
            throw .timestampFormat
        }
        self.init(
            accessKeyID: Array(authorization.credential.utf8)[...],
            timestamp: timestamp,
            nonce: request.header("x-acs-signature-nonce").map { Array($0.utf8)[...] },
            securityToken: request.isPresent("x-acs-security-token")
                ? request.header("x-acs-security-token").map { Array($0.utf8)[...] } : request.value("SecurityToken"),
            signature: Array(authorization.signature.utf8)[...],
            scheme: .v3(signed)
        )
    }

    /// What is said in two places must be said alike.
    private static func checkAgreement(
        _ request: SignedRequest,
        with authorization: V3Authorization
    ) throws(KMSError) {
        let twice: [(StaticString, String)] = [("Action", "x-acs-action"), ("Version", "x-acs-version")]
        for (parameter, header) in twice {
            guard let named = request.header(header), let index = request.parameters.index(of: parameter),
                index < request.queryCount
            else { continue }
            guard request.parameters.value(request.parameters.entries[index]).elementsEqual(named.utf8) else {
                throw .invalid("\(parameter)", "The query and the header \(header) must name the same.")
            }
        }
        if let id = request.header("x-acs-accesskey-id"), !id.utf8.elementsEqual(authorization.credential.utf8) {
            throw .incompleteSignature("Credential and the header x-acs-accesskey-id must name the same.")
        }
    }
}

extension SignatureClaim.SignedHeaders {
    /// - Throws: ``KMSError/incompleteSignature(_:)`` where a listed header is absent, repeated or listed twice.
    init(_ list: String, of request: SignedRequest) throws(KMSError) {
        var headers: [(name: String, value: String)] = []
        var listed: Set<String> = []
        for piece in list.split(separator: ";", omittingEmptySubsequences: false) {
            let name = piece.lowercased()
            guard listed.insert(name).inserted else {
                throw .incompleteSignature("SignedHeaders lists \(name) more than once.")
            }
            // A list has no more different names than the request has headers, or the first stranger ends it.
            let values = request.headers.lazy.filter { $0.name == name }.map(\.value)
            guard let value = values.first, values.dropFirst().isEmpty else {
                throw .incompleteSignature("The signed header \(name) must be sent exactly once.")
            }
            headers.append((name, value))
        }
        self.init(list: list, headers: headers)
    }

    func contains(_ name: String) -> Bool { headers.contains { $0.name == name } }
}

extension SignedRequest {
    fileprivate func isPresent(_ header: String) -> Bool { !(self.header(header) ?? "").isEmpty }
}

// MARK: Proof

extension SignatureClaim {
    /// Refuses the request unless the holder of `key` signed it, and returns the bytes of its signature.
    func verify(_ request: SignedRequest, key: SigningKey) throws(KMSError) -> [UInt8] {
        let query = try CanonicalQuery(request.parameters)
        let stringToSign: [UInt8]
        let expected: [UInt8]
        var isBodySigned = true
        switch scheme {
        case .v1:
            stringToSign = SignatureV1.stringToSign(method: request.method, query)
            expected = SignatureV1.signature(stringToSign, key: key)
        case .v3(let signed):
            let bodyHash = SHA256.digest(request.body).hexadecimal
            isBodySigned = request.header("x-acs-content-sha256")?.utf8.elementsEqual(bodyHash) ?? false
            stringToSign = SignatureV3.stringToSign(
                SignatureV3.canonicalRequest(
                    method: request.method,
                    query: query.first(request.queryCount),
                    headers: signed.headers,
                    signedHeaders: signed.list,
                    bodyHash: bodyHash
                )
            )
            expected = SignatureV3.signature(stringToSign, key: key)
        }
        guard isBodySigned, isSame(signature, expected) else {
            throw .signatureDoesNotMatch(stringToSign: String(decoding: stringToSign, as: UTF8.self))
        }
        return expected
    }
}

private func isSame(_ left: ArraySlice<UInt8>, _ right: [UInt8]) -> Bool {
    constantTimeEquals(left.span.bytes, right.span.bytes)
}
