import FoundationEssentials
import KMSCore
import KMSCrypto
import KMSStorage
import KMSTestKit
import Testing

@testable import KMSProtection

extension SecretsStayInsideTests {
    /// Performs every operation on certificates; what must not be seen of them anywhere.
    static func certificateOperations(
        _ client: SigningClient,
        in service: WholeService
    ) async throws -> [[UInt8]] {
        let subject = ("Subject", "CN=a,OU=u,O=o,C=CN")
        let made = try await succeed(client, "CreateCertificate", [subject, ("KeySpec", "RSA_2048")]).json()
        let named = ("CertificateId", try requireValue(made["CertificateId"]?.string))
        let secrets = try await numbers(ofCertificate: named.1, client, in: service)

        let workshop = try Workshop()
        _ = try workshop.root("Root")
        let issued = try workshop.issue(try requireValue(made["Csr"]?.string), "leaf", by: "Root")
        _ = try await succeed(client, "UploadCertificate", [named, ("Certificate", issued)])
        let message = [
            named, ("Algorithm", "RSA_PSS_SHA_256"),
            ("Message", Data("MessageSentinel-3vT".utf8).base64EncodedString()),
        ]
        let signed = try await succeed(client, "CertificatePrivateKeySign", message).json()
        let value = try requireValue(signed["SignatureValue"]?.string)
        let verified = try await succeed(client, "CertificatePublicKeyVerify", message + [("SignatureValue", value)])
        #expect(try verified.json()["SignatureValid"] == .boolean(true))
        let sentinel = Array("CertificateSentinel-5kW".utf8)
        let plaintext = Data(sentinel).base64EncodedString()
        let oaep = [named, ("Algorithm", "RSAES_OAEP_SHA_256")]
        let sealed = try await succeed(client, "CertificatePublicKeyEncrypt", oaep + [("Plaintext", plaintext)]).json()
        let blob = try requireValue(sealed["CiphertextBlob"]?.string)
        let opened = try await succeed(client, "CertificatePrivateKeyDecrypt", oaep + [("CiphertextBlob", blob)])
        #expect(try opened.json()["Plaintext"]?.string == plaintext)

        let told = try await succeed(client, "DescribeCertificate", [named]).json()
        #expect(told["SubjectAlternativeNames"] == .array([]) && told["Tags"] == .object([:]))
        _ = try await succeed(client, "GetCertificate", [named])
        _ = try await succeed(client, "UpdateCertificateStatus", [named, ("Status", "REVOKED")])
        _ = try await succeed(client, "DeleteCertificate", [named])

        let key = try await client.createKey(["KeySpec": "EC_P256"])
        let version = ("KeyVersionId", try await firstVersion(of: key, client))
        _ = try await succeed(client, "CreateCertificateSigningRequest", [("KeyId", key), version, subject])
        return secrets + [sentinel, Array(plaintext.utf8), Array("MessageSentinel".utf8), Array(message[2].1.utf8)]
    }

    /// The numbers of a certificate's private key, and their sealed record, which goes with the certificate.
    private static func numbers(
        ofCertificate id: String,
        _ client: SigningClient,
        in service: WholeService
    ) async throws -> [[UInt8]] {
        let namespace = Namespace(
            account: try requireValue(AccountID(client.user.account)),
            region: try requireValue(RegionID(WholeService.region))
        )
        let id = CertificateID(try requireValue(UUIDBytes(text: id.utf8)))
        let pair = try requireValue(try await service.database.certificate(id, in: namespace)).keyPair
        let (publicKey, sealed) = (try requireValue(pair.publicKey), try requireValue(pair.sealedMaterial))
        let fields = RecordFields.certificateKey(pair.identity, publicKeyDigest: SHA256.digest(publicKey))
        let record = try RecordSealer(.certificateKey, under: service.root).open(sealed, binding: fields)
        let bytes = record.withBytes { $0.withUnsafeBytes { Array($0) } }
        #expect(bytes.count == 256 + 5 * 128)
        return [Array(bytes[..<256]), Array(sealed.prefix(64))]
            + (0..<5).map { Array(bytes[(256 + $0 * 128)...].prefix(128)) }
    }
}
