import KMSCore
import Testing

@testable import KMSCrypto

extension CertificateRequest {
    /// A request for a key that the tests share.
    static func sample(
        _ spec: KeySpec,
        subject: String = "CN=www.example.com,OU=IT,O=Example,C=CN",
        hosts: [String] = []
    ) throws -> CertificateRequest {
        CertificateRequest(
            subject: try DistinguishedName(reading: subject) { X509().text(ofDirectoryString: $0) },
            hosts: hosts,
            publicKey: try SampleKeys.one(spec).publicKey.der,
            spec: spec
        )
    }

    /// The request as PEM, signed as the vault would have it.
    func signed(by key: PrivateKey) throws -> String {
        let digest = try X509().digest(of: X509().info(of: self), publicKey: publicKey, spec: spec)
        let signature = try key.sign(digest, with: try #require(signatureAlgorithm))
        return try X509().pem(of: self, signature: signature)
    }
}
