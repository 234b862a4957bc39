import FoundationEssentials
import KMSCore
import KMSCrypto
import KMSStorage
import Testing

@testable import KMSProtection

extension SecretsStayInsideTests {
    /// Performs every operation on asymmetric keys and exported data keys; what must not be seen of them anywhere.
    static func asymmetricOperations(
        _ client: SigningClient,
        in service: WholeService
    ) async throws -> [[UInt8]] {
        var (secrets, answers): ([[UInt8]], [HTTPAnswer]) = ([], [])
        let digest = Data(repeating: 0x5A, count: 32).base64EncodedString()
        for (spec, algorithm) in [
            ("RSA_2048", "RSA_PSS_SHA_256"), ("EC_P256", "ECDSA_SHA_256"), ("EC_P256K", "ECDSA_SHA_256"),
        ] {
            let key = try await client.createKey(["KeySpec": spec])
            let version = try await firstVersion(of: key, client)
            let pair = [("KeyId", key), ("KeyVersionId", version)]
            let request = pair + [("Algorithm", algorithm), ("Digest", digest)]
            let signed = try await succeed(client, "AsymmetricSign", request)
            let value = try requireValue(try signed.json()["Value"]?.string)
            let verified = try await succeed(client, "AsymmetricVerify", request + [("Value", value)])
            #expect(try verified.json()["Value"] == .boolean(true))
            #expect(verified.text.contains(#""Value":true"#))
            answers += [signed, verified, try await succeed(client, "GetPublicKey", pair)]
            secrets += try await numbers(of: version, in: service)
        }
        // What goes out may hold the signature and the public key, and nothing of the private one.
        for text in try answers.flatMap({ try Self.texts(in: try $0.json()) }) {
            for secret in secrets { #expect(!contains(text, secret)) }
        }
        secrets += try await encryption(client, in: service)
        return secrets
    }

    private static func encryption(_ client: SigningClient, in service: WholeService) async throws -> [[UInt8]] {
        let key = try await client.createKey(["KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT/DECRYPT"])
        let version = try await firstVersion(of: key, client)
        let oaep = [("KeyId", key), ("KeyVersionId", version), ("Algorithm", "RSAES_OAEP_SHA_256")]
        let sentinel = Array("AsymmetricSentinel-7qL".utf8)
        let plaintext = Data(sentinel).base64EncodedString()
        let sealed = try await succeed(client, "AsymmetricEncrypt", oaep + [("Plaintext", plaintext)])
        let blob = try requireValue(try sealed.json()["CiphertextBlob"]?.string)
        let opened = try await succeed(client, "AsymmetricDecrypt", oaep + [("CiphertextBlob", blob)])
        #expect(try opened.json()["Plaintext"]?.string == plaintext)
        let target = try await client.createKey()
        let moved = try await succeed(
            client,
            "ReEncrypt",
            [
                ("CiphertextBlob", blob), ("SourceKeyId", key), ("SourceKeyVersionId", version),
                ("SourceEncryptionAlgorithm", "RSAES_OAEP_SHA_256"), ("DestinationKeyId", target),
            ]
        )
        let wrapping = try PrivateKey.generate(.rsa2048)
        let export = [
            ("PublicKeyBlob", Data(wrapping.publicKey.der).base64EncodedString()), ("WrappingKeySpec", "RSA_2048"),
            ("WrappingAlgorithm", "RSAES_OAEP_SHA_1"),
        ]
        let movedBlob = try requireValue(try moved.json()["CiphertextBlob"]?.string)
        _ = try await succeed(client, "ExportDataKey", export + [("CiphertextBlob", movedBlob)])
        let generated = try await succeed(client, "GenerateAndExportDataKey", export + [("KeyId", target)])
        let exported = try requireValue(try generated.json()["ExportedDataKey"]?.string)
        let dataKey = try wrapping.decrypt(
            Array(try requireValue(Data(base64Encoded: exported))),
            with: .rsaesOAEPSHA1
        ).withBytes { $0.withUnsafeBytes { Array($0) } }
        // A version too early: refused, and recorded.
        let early = try await client.call("CreateKeyVersion", ["KeyId": key])
        #expect(early.status == 400 && early.text.contains("Rejected.LimitExceeded"))
        return [sentinel, Array(plaintext.utf8), dataKey] + (try await numbers(of: version, in: service))
    }

    static func succeed(
        _ client: SigningClient,
        _ action: String,
        _ pairs: [(String, String)]
    ) async throws -> HTTPAnswer {
        let answer = try await client.call(action, pairs: pairs)
        #expect(answer.status == 200, "\(action): \(answer.text)")
        return answer
    }

    /// The strings of an answer as they are, and what they stand for where they are base64 or PEM.
    private static func texts(in json: JSON) throws -> [[UInt8]] {
        guard case .object(let members) = json else { return [] }
        return members.values.compactMap(\.string).flatMap { text in
            let base64 = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
            return [Array(text.utf8)] + (Data(base64Encoded: base64).map { [Array($0)] } ?? [])
        }
    }

    static func firstVersion(of key: String, _ client: SigningClient) async throws -> String {
        let listing = try await client.call("ListKeyVersions", ["KeyId": key]).json()
        guard case .array(let versions)? = listing["KeyVersions"]?["KeyVersion"] else {
            throw SigningClient.Refused(answer: "\(key)")
        }
        return try requireValue(versions.first?["KeyVersionId"]?.string)
    }

    /// The private numbers of a version, opened the way the vault opens them: each by itself, and the DER around none.
    private static func numbers(of version: String, in service: WholeService) async throws -> [[UInt8]] {
        let id = KeyVersionID(try requireValue(UUIDBytes(text: version.utf8)))
        let version = try requireValue(try await service.database.version(id))
        let publicKey = try requireValue(version.publicKey)
        let fields = RecordFields.keyVersion(version.identity, publicKeyDigest: SHA256.digest(publicKey))
        let sealed = try requireValue(version.sealedMaterial)
        let record = try RecordSealer(.keyVersion, under: service.root).open(sealed, binding: fields)
        let bytes = record.withBytes { $0.withUnsafeBytes { Array($0) } }
        guard version.identity.spec == .rsa2048 else {
            #expect(bytes.count == 32)
            return [bytes]
        }
        // d, then p, q and the numbers of the Chinese remainder theorem.
        #expect(bytes.count == 256 + 5 * 128)
        return [Array(bytes[..<256])] + (0..<5).map { Array(bytes[(256 + $0 * 128)...].prefix(128)) }
    }
}
