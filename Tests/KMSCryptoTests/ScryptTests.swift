import KMSCore
import KMSCrypto
import Testing

@Suite("scrypt")
struct ScryptTests {
    /// RFC 7914 section 12; its fourth vector takes 1 GiB and is left out.
    static let vectors: [(password: String, salt: String, Scrypt, key: String)] = [
        (
            "", "", Scrypt(cost: 16, blockSize: 1, parallelization: 1),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
        ),
        (
            "password", "NaCl", Scrypt(cost: 1_024, blockSize: 8, parallelization: 16),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        ),
        (
            "pleaseletmein", "SodiumChloride", Scrypt(cost: 16_384, blockSize: 8, parallelization: 1),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    ]

    @Test("the vectors of RFC 7914 come out", arguments: vectors)
    func published(_ password: String, _ salt: String, _ scrypt: Scrypt, _ key: String) throws {
        let secret = SecretBytes(copying: Array(password.utf8))
        let derived = try secret.withBytes { try scrypt.derive(from: $0, salt: Array(salt.utf8), byteCount: 64) }
        #expect(derived.withBytes { $0.withUnsafeBytes { Array($0) } } == hex(key))
    }

    @Test("what are no parameters of scrypt is refused")
    func refused() {
        for (cost, blockSize, parallelization) in [(0, 8, 1), (1, 8, 1), (1_000, 8, 1), (1_024, 0, 1), (1_024, 8, 0)] {
            let scrypt = Scrypt(cost: cost, blockSize: blockSize, parallelization: parallelization)
            #expect(throws: CryptoError.self) {
                let secret = SecretBytes(copying: [1])
                _ = try secret.withBytes { try scrypt.derive(from: $0, salt: [], byteCount: 32).byteCount }
            }
        }
    }
}
