import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

/// What GetParametersForImport gave, and what a caller does with it.
struct ImportParameters {
    let key: String
    let token: String
    let publicKey: [UInt8]
    let algorithm: EncryptionAlgorithm

    /// Material as the caller sends it, in base64.
    func wrapped(_ material: [UInt8], by algorithm: EncryptionAlgorithm? = nil) throws -> String {
        let publicKey = try PublicKey(self.algorithm == .sm2PKE ? .ecSM2 : .rsa2048, der: publicKey)
        let ciphertext = try publicKey.encrypt(material.span.bytes, with: algorithm ?? self.algorithm)
        return Base64.encode(ciphertext)
    }
}

extension [UInt8] {
    static let material: [UInt8] = Array(1...32)
    static let otherMaterial: [UInt8] = Array(2...33)
}

extension Bench {
    func makeExternalKey(in namespace: Namespace = .example()) async throws -> String {
        try await makeKey(["Origin": "EXTERNAL"], in: namespace)
    }

    func importParameters(
        for key: String,
        _ algorithm: EncryptionAlgorithm = .rsaesOAEPSHA256,
        in namespace: Namespace = .example()
    ) async throws -> ImportParameters {
        let answer = try await call(
            "GetParametersForImport",
            [
                "KeyId": key, "WrappingAlgorithm": algorithm.rawValue,
                "WrappingKeySpec": algorithm == .sm2PKE ? "EC_SM2" : "RSA_2048",
            ],
            in: namespace
        )
        #expect(answer["KeyId"] == .text(key))
        let publicKey = try #require(answer["PublicKey"]?.text)
        return ImportParameters(
            key: key,
            token: try #require(answer["ImportToken"]?.text),
            publicKey: try #require(Base64.decode(Array(publicKey.utf8)[...])),
            algorithm: algorithm
        )
    }

    /// Imports, and throws the error that would be answered.
    func importMaterial(
        _ material: [UInt8],
        with parameters: ImportParameters,
        expiring: Int64? = nil,
        in namespace: Namespace = .example()
    ) async throws {
        let wrapped = try parameters.wrapped(material)
        try await call(
            "ImportKeyMaterial",
            [
                "KeyId": parameters.key, "EncryptedKeyMaterial": wrapped, "ImportToken": parameters.token,
                "KeyMaterialExpireUnix": expiring.map { "\($0)" } ?? "",
            ],
            in: namespace
        )
    }

    /// The error of an import of these texts, or nil for success.
    func importError(
        _ wrapped: String,
        key: String,
        token: String,
        in namespace: Namespace = .example()
    ) async -> KMSError? {
        do {
            try await call(
                "ImportKeyMaterial",
                ["KeyId": key, "EncryptedKeyMaterial": wrapped, "ImportToken": token],
                in: namespace
            )
            return nil
        } catch { return error }
    }

    /// An external key with ``Swift/Array/material``, and the parameters it came with.
    func makeImportedKey(expiring: Int64? = nil) async throws -> ImportParameters {
        let parameters = try await importParameters(for: try await makeExternalKey())
        try await importMaterial(.material, with: parameters, expiring: expiring)
        return parameters
    }

    func state(of key: String) async throws -> String? { try await metadata(of: key)["KeyState"]?.text }
}
