import KMSCore
import Testing

@testable import KMSCrypto

let asymmetricSpecs = KeySpec.allCases.filter { !$0.isSymmetric }
let rsaSpecs = [KeySpec.rsa2048, .rsa3072]

/// Two keys of each spec, drawn once for all tests: an RSA key takes a good part of a second.
enum SampleKeys {
    private static let first = Result { try drawn() }
    private static let second = Result { try drawn() }

    static func one(_ spec: KeySpec) throws -> PrivateKey { try #require(first.get()[spec]) }

    static func other(_ spec: KeySpec) throws -> PrivateKey { try #require(second.get()[spec]) }

    private static func drawn() throws -> [KeySpec: PrivateKey] {
        try Dictionary(uniqueKeysWithValues: asymmetricSpecs.map { ($0, try PrivateKey.generate($0)) })
    }
}

extension PrivateKey {
    func decrypted(_ ciphertext: [UInt8], _ algorithm: EncryptionAlgorithm) throws -> [UInt8] {
        try decrypt(ciphertext, with: algorithm).withBytes { $0.array }
    }
}

extension PublicKey {
    func encrypted(_ plaintext: [UInt8], _ algorithm: EncryptionAlgorithm) throws -> [UInt8] {
        try encrypt(plaintext.span.bytes, with: algorithm)
    }
}
