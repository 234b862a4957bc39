import Foundation
import NIOCore

/// What is measured.
enum Scenario: String, CaseIterable {
    case encrypt = "Encrypt"
    case decrypt = "Decrypt"
    case generateDataKey = "GenerateDataKey"
}

/// The key and the ciphertext that the requests are about.
struct Workload {
    private let keyID: String
    private let plaintext: String
    private let ciphertext: String

    /// Makes a key and a ciphertext of it.
    static func prepared(by client: Client, plaintextBytes: Int) async throws -> Workload {
        let key: Created = try await client.call("CreateKey", [])
        let plaintext = Data((0..<plaintextBytes).map { UInt8(truncatingIfNeeded: $0) }).base64EncodedString()
        let encrypted: Encrypted = try await client.call(
            "Encrypt",
            [("KeyId", key.metadata.keyID), ("Plaintext", plaintext)]
        )
        return Workload(keyID: key.metadata.keyID, plaintext: plaintext, ciphertext: encrypted.ciphertext)
    }

    func requests(_ scenario: Scenario, count: Int, signer: RequestSigner) -> [ByteBuffer] {
        let now = Date()
        return (0..<count).map { _ in signer.request(scenario.rawValue, parameters(of: scenario), at: now) }
    }

    /// The length of an Encrypt request.
    func requestBytes(_ signer: RequestSigner) -> Int {
        signer.request(Scenario.encrypt.rawValue, parameters(of: .encrypt), at: Date()).readableBytes
    }

    private func parameters(of scenario: Scenario) -> [(name: String, value: String)] {
        switch scenario {
        case .encrypt: [("KeyId", keyID), ("Plaintext", plaintext)]
        case .decrypt: [("CiphertextBlob", ciphertext)]
        case .generateDataKey: [("KeyId", keyID), ("KeySpec", "AES_256")]
        }
    }
}

private struct Created: Decodable {
    struct Metadata: Decodable {
        let keyID: String
        enum CodingKeys: String, CodingKey { case keyID = "KeyId" }
    }

    let metadata: Metadata
    enum CodingKeys: String, CodingKey { case metadata = "KeyMetadata" }
}

private struct Encrypted: Decodable {
    let ciphertext: String
    enum CodingKeys: String, CodingKey { case ciphertext = "CiphertextBlob" }
}
