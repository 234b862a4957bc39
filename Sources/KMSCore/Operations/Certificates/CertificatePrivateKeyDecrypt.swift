/// Decrypts with the private key of an ACTIVE certificate what was encrypted to its public key, here or elsewhere.
package struct CertificatePrivateKeyDecrypt: Operation {
    package static let name: StaticString = "CertificatePrivateKeyDecrypt"
    package static let rateClass: RateClass = .asymmetric

    let certificate: CertificateReference
    let algorithm: EncryptionAlgorithm
    let ciphertext: [UInt8]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> CertificatePrivateKeyDecrypt {
        CertificatePrivateKeyDecrypt(
            certificate: try parameters.certificateReference(),
            algorithm: try parameters.encryptionAlgorithm("Algorithm"),
            ciphertext: try parameters.base64("CiphertextBlob")
        )
    }

    package struct Answer: Response {
        let id: CertificateID
        let plaintext: SecretBox

        package func write(to fields: inout some FieldWriter) {
            fields.id("CertificateId", id.uuid)
            fields.secret("Plaintext", plaintext)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let certificate = try await service.certificate(self.certificate, for: Self.name, in: [.active], call)
        try certificate.demand(algorithm)
        let plaintext = try await service.decrypt(ciphertext, with: algorithm, under: certificate.keyPair)
        return Answer(id: certificate.id, plaintext: SecretBox(plaintext.withBytes { Base64.encode($0) }))
    }
}
