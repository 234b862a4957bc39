/// Encrypts to the public key of an ACTIVE certificate.
package struct CertificatePublicKeyEncrypt: ~Copyable, Operation {
    package static let name: StaticString = "CertificatePublicKeyEncrypt"
    package static let rateClass: RateClass = .asymmetric

    let certificate: CertificateReference
    let algorithm: EncryptionAlgorithm
    let plaintext: SecretBytes

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> CertificatePublicKeyEncrypt {
        let certificate = try parameters.certificateReference()
        let algorithm = try parameters.encryptionAlgorithm("Algorithm")
        return CertificatePublicKeyEncrypt(
            certificate: certificate,
            algorithm: algorithm,
            plaintext: try parameters.base64Secret("Plaintext")
        )
    }

    package struct Answer: Response {
        let id: CertificateID
        let ciphertext: [UInt8]

        package func write(to fields: inout some FieldWriter) {
            fields.id("CertificateId", id.uuid)
            fields.base64("CiphertextBlob", ciphertext)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let certificate = try await service.certificate(self.certificate, for: Self.name, in: [.active], call)
        try certificate.demand(algorithm)
        let longest = algorithm.longestPlaintext(for: certificate.spec) ?? 0
        guard plaintext.byteCount <= longest else {
            throw .invalid(
                "Plaintext",
                "It has \(plaintext.byteCount) bytes; \(algorithm.rawValue) takes \(longest) at most with this key."
            )
        }
        let algorithm = algorithm
        let ciphertext = try await service.encrypt(SecretBox(plaintext), with: algorithm, to: certificate.keyPair)
        return Answer(id: certificate.id, ciphertext: ciphertext)
    }
}
