internal import CCrypto
package import KMSCore

/// Certificates and requests for them, by libcrypto.
package struct X509: CertificateCryptography {
    package init() {}

    package func text(ofDirectoryString der: [UInt8]) -> String? {
        let text = unsafe written(atMost: 4 * der.count + 1) { text, count in
            unsafe der.withUnsafeBufferPointer { der in
                unsafe CCrypto_directory_string(der.baseAddress, der.count, text, &count)
            }
        }
        return text.flatMap { String(validating: $0, as: UTF8.self) }
    }

    package func info(of request: CertificateRequest) throws(CertificateError) -> [UInt8] {
        let draft = try RequestDraft.of(request)
        let info = unsafe written(atMost: RequestDraft.byteLimit) { der, count in
            unsafe CCrypto_request_info(draft.pointer, der, &count)
        }
        guard let info else { throw CertificateError("libcrypto did not write a request.") }
        return info
    }

    package func digest(
        of message: [UInt8],
        publicKey: [UInt8],
        spec: KeySpec
    ) throws(CertificateError) -> [UInt8] {
        guard spec == .ecSM2 else { return SHA256.digest(message) }
        guard let key = try? PublicKey(spec, der: publicKey) else {
            throw CertificateError("A public key of SM2 is none.")
        }
        return SM2.messageDigest(of: message, publicKey: key)
    }

    package func pem(of request: CertificateRequest, signature: [UInt8]) throws(CertificateError) -> String {
        guard let algorithm = request.signatureAlgorithm else {
            throw CertificateError("Keys of spec \(request.spec.rawValue) sign nothing.")
        }
        let draft = try RequestDraft.of(request)
        let pem = unsafe written(atMost: 2 * RequestDraft.byteLimit) { pem, count in
            unsafe signature.withUnsafeBufferPointer { signature in
                unsafe CCrypto_request_pem(
                    draft.pointer,
                    algorithm.name,
                    signature.baseAddress,
                    signature.count,
                    pem,
                    &count
                )
            }
        }
        guard let pem else { throw CertificateError("A request's signature does not verify.") }
        return String(decoding: pem, as: UTF8.self)
    }

    package func certificates(in pem: String, limit: Int) -> [IssuedCertificate]? {
        guard let read = LibraryCertificates(reading: pem, limit: limit) else { return nil }
        var certificates: [IssuedCertificate] = []
        for index in 0..<read.count {
            guard let certificate = read.certificate(index) else { return nil }
            certificates.append(certificate)
        }
        return certificates
    }

    package func isCertificate(_ certificate: IssuedCertificate, for publicKey: [UInt8]) -> Bool {
        LibraryCertificates(reading: certificate.pem, limit: 1)?.isFirst(for: publicKey) ?? false
    }

    package func areChained(_ certificates: [IssuedCertificate], at now: Timestamp) -> Bool {
        let pem = certificates.map(\.pem).joined()
        return LibraryCertificates(reading: pem, limit: certificates.count)?.areChained(at: now) ?? false
    }
}

/// What `write` puts into a buffer of `limit` bytes, or nil where it fails.
func written(
    atMost limit: Int,
    _ write: (UnsafeMutablePointer<UInt8>?, inout Int) -> CInt
) -> [UInt8]? {
    var count = limit
    var isWritten = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, written in
        isWritten = unsafe write(buffer.baseAddress, &count) == 1
        written = isWritten ? count : 0
    }
    return isWritten ? bytes : nil
}

/// A request that libcrypto puts together, freed with its only user.
@safe private struct RequestDraft: ~Copyable {
    /// No request is longer: a subject of six attributes and ten names, one key, one signature.
    static let byteLimit = 16_384

    let pointer: OpaquePointer

    private init(taking pointer: OpaquePointer) { unsafe self.pointer = pointer }

    static func of(_ request: CertificateRequest) throws(CertificateError) -> RequestDraft {
        let pointer = unsafe request.publicKey.withUnsafeBufferPointer { key in
            unsafe CCrypto_request_new(key.baseAddress, key.count)
        }
        guard let pointer = unsafe pointer else { throw CertificateError("libcrypto does not take a public key.") }
        let draft = unsafe RequestDraft(taking: pointer)
        try draft.add(request)
        return draft
    }

    private func add(_ request: CertificateRequest) throws(CertificateError) {
        for name in request.subject.relativeNames {
            for (index, attribute) in name.enumerated() {
                guard add(attribute, joins: index > 0) else {
                    throw CertificateError("libcrypto does not take the attribute \(attribute.type.rawValue).")
                }
            }
        }
        for host in request.hosts {
            let bytes = Array(host.utf8)
            let isAdded = unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe CCrypto_request_add_host(pointer, bytes.baseAddress, bytes.count)
            }
            guard isAdded == 1 else { throw CertificateError("libcrypto does not take a host name.") }
        }
    }

    private func add(_ attribute: DistinguishedName.Attribute, joins: Bool) -> Bool {
        let value = Array(attribute.value.utf8)
        return unsafe value.withUnsafeBufferPointer { value in
            unsafe CCrypto_request_add_attribute(
                pointer,
                attribute.type.rawValue,
                value.baseAddress,
                value.count,
                joins ? 1 : 0
            ) == 1
        }
    }

    deinit { unsafe CCrypto_request_free(pointer) }
}
