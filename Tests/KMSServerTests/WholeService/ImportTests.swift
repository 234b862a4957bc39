import FoundationEssentials
import KMSCore
import KMSCrypto
import KMSProtection
import KMSStorage
import KMSTestKit
import Testing

@testable import KMSServer

/// Imported material through HTTP, cache, database and vault together.
@Suite(.timeLimit(.minutes(10))) struct WholeServiceImportTests {
    private static let material = Array("MaterialSentinel-of-32-bytes-9fX".utf8)

    @Test("after deletion nothing of the material serves, be it warm; after another import everything does")
    func deletion() async throws {
        try await withWholeService(try DataFolder()) { service, client in
            let external = try await ExternalKey(client)
            try await external.load(Self.material)
            let blob = try await external.encrypt()
            // Warm: key, version and opened material are remembered.
            for _ in 0..<3 { #expect(try await external.code("Decrypt", ["CiphertextBlob": blob]) == nil) }
            #expect(try await client.call("DeleteKeyMaterial", ["KeyId": external.key]).status == 200)
            let encrypt: KeyValuePairs = ["KeyId": external.key, "Plaintext": "x"]
            #expect(try await external.code("Decrypt", ["CiphertextBlob": blob]) == "Rejected.PendingImport")
            #expect(try await external.code("Encrypt", encrypt) == "Rejected.PendingImport")
            #expect(try await external.code("GenerateDataKey", ["KeyId": external.key]) == "Rejected.PendingImport")
            try await external.load(Self.material)
            #expect(try await client.text("Plaintext", of: "Decrypt", ["CiphertextBlob": blob]) == "x")
            #expect(try await external.code("Encrypt", encrypt) == nil)
        }
    }

    @Test("material that expires stops on its second although everything is warm")
    func expiry() async throws {
        let clock = ManualClock()
        try await withWholeService(try DataFolder(), at: clock) { _, client in
            let external = try await ExternalKey(client)
            let expiry = clock.now().seconds + 60
            try await external.load(Self.material, expiring: expiry)
            let blob = try await external.encrypt()
            clock.advance(seconds: 59)
            #expect(try await external.code("Decrypt", ["CiphertextBlob": blob]) == nil)
            clock.advance(seconds: 1)
            #expect(try await external.code("Decrypt", ["CiphertextBlob": blob]) == "Rejected.PendingImport")
            #expect(try await external.code("Encrypt", ["KeyId": external.key, "Plaintext": "x"]) != nil)
        }
    }

    @Test("a key, its token and its tries live on after a restart; its material is in no file, nor is the token")
    func restart() async throws {
        let (folder, log) = (try DataFolder(), CollectedLog())
        let (external, blob) = try await withWholeService(folder, log: log) { _, client in
            let external = try await ExternalKey(client)
            try await external.load(Self.material)
            for _ in 1..<Limits.importTries {
                #expect(try await external.code("ImportKeyMaterial", external.garbage) == "InvalidKeyMaterial")
            }
            return (external, try await external.encrypt())
        }
        try await withWholeService(folder, log: log) { _, client in
            let again = external.with(client)
            #expect(try await client.text("Plaintext", of: "Decrypt", ["CiphertextBlob": blob]) == "x")
            try await again.load(Self.material)
            #expect(try await again.code("ImportKeyMaterial", again.garbage) == "InvalidKeyMaterial")
            #expect(try await again.code("ImportKeyMaterial", again.garbage) == "InvalidImportToken")
            for (name, bytes) in try folder.files() {
                #expect(!contains(bytes, Self.material), "\(name)")
                #expect(!contains(bytes, Array(external.token.utf8)), "\(name)")
            }
        }
        #expect(!log.text.contains(external.token) && !log.text.contains("MaterialSentinel"))
    }
}

/// A key of Origin EXTERNAL over the wire, and the parameters to import into it.
struct ExternalKey: Sendable {
    let client: SigningClient
    let key: String
    let token: String
    private let publicKey: [UInt8]

    init(_ client: SigningClient) async throws {
        try await self.init(client, for: try await client.createKey(["Origin": "EXTERNAL"]))
    }

    /// An existing key, with new parameters to import into it.
    init(_ client: SigningClient, for key: String) async throws {
        self.client = client
        self.key = key
        let answer = try await client.call(
            "GetParametersForImport",
            ["KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"]
        )
        let body = try answer.json()
        token = try requireValue(body["ImportToken"]?.string)
        publicKey = Array(try requireValue(Data(base64Encoded: try requireValue(body["PublicKey"]?.string))))
    }

    private init(_ client: SigningClient, like other: ExternalKey) {
        (self.client, key, token, publicKey) = (client, other.key, other.token, other.publicKey)
    }

    func with(_ client: SigningClient) -> ExternalKey { ExternalKey(client, like: self) }

    func load(_ material: [UInt8], expiring: Int64 = 0) async throws {
        #expect(try await attempt(material, expiring: expiring) == nil)
    }

    /// The code with which an import is refused, or nil for success.
    func attempt(_ material: [UInt8], expiring: Int64 = 0) async throws -> String? {
        let publicKey = try PublicKey(.rsa2048, der: publicKey)
        let wrapped = try publicKey.encrypt(material.span.bytes, with: .rsaesOAEPSHA256)
        let request: KeyValuePairs = [
            "KeyId": key, "EncryptedKeyMaterial": Data(wrapped).base64EncodedString(), "ImportToken": token,
            "KeyMaterialExpireUnix": "\(expiring)",
        ]
        return try await code("ImportKeyMaterial", request)
    }

    var garbage: KeyValuePairs<String, String> {
        let wrapped = Data(repeating: 0x17, count: 256).base64EncodedString()
        return ["KeyId": key, "EncryptedKeyMaterial": wrapped, "ImportToken": token]
    }

    func encrypt() async throws -> String {
        try await client.text("CiphertextBlob", of: "Encrypt", ["KeyId": key, "Plaintext": "x"])
    }

    /// The code of the answer, or nil for success.
    func code(_ action: String, _ own: KeyValuePairs<String, String>) async throws -> String? {
        try await client.call(action, own).json()["Code"]?.string
    }
}
