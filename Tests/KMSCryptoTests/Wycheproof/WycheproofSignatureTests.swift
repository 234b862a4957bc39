import KMSCore
import Testing

@testable import KMSCrypto

private let isInstalled = VectorFolder.path != nil

@Suite("Project Wycheproof's signatures", .enabled(if: isInstalled, VectorFolder.reason))
struct WycheproofSignatureTests {
    private static func spec(ofSize size: Int?) -> KeySpec? {
        switch size {
        case 2048: .rsa2048
        case 3072: .rsa3072
        default: nil
        }
    }

    /// Holds every test of the groups with a 2048 or 3072 bit key to `isValid`: a good signature of other parameters is
    /// one that must not verify here.
    private func verifyRSA(
        _ name: String,
        _ algorithm: SignatureAlgorithm,
        isValid: (WycheproofFile.Group, WycheproofFile.Test) -> Bool
    ) throws {
        let file = try WycheproofFile.published(name)
        var tally = Tally()
        for group in file.testGroups {
            let der = hex(try #require(group.publicKeyDer ?? group.keyDer))
            guard let spec = Self.spec(ofSize: group.keySize) else {
                tally.leaveOut(group.tests.count, "a key of \(group.keySize ?? 0) bits, which is refused")
                for spec in rsaSpecs { #expect(throws: InvalidPublicKey.self) { try PublicKey(spec, der: der) } }
                continue
            }
            guard let key = try? PublicKey(spec, der: der) else {
                tally.leaveOut(group.tests.count, "the exponent 3, which is refused")
                #expect(der.suffix(3) == [2, 1, 3])
                continue
            }
            for test in group.tests {
                let isVerified = key.verify(
                    try test.bytes(\.sig),
                    of: SHA256.digest(try test.bytes(\.msg)),
                    with: algorithm
                )
                // The one acceptable form, DigestInfo without NULL, is not accepted.
                #expect(isVerified == isValid(group, test), "\(name) \(test.tcId)")
                tally.run()
            }
        }
        tally.close(name, file)
    }

    private static let pkcs1Hashes = [
        "sha224", "sha256", "sha384", "sha512", "sha512_224", "sha512_256", "sha3_224", "sha3_256", "sha3_384",
        "sha3_512",
    ]

    @Test("PKCS#1 v1.5 with SHA-256 verifies, and with any other digest does not")
    func pkcs1() throws {
        let small = Self.pkcs1Hashes.map { "rsa_signature_2048_\($0)_test" }
        let middle = Self.pkcs1Hashes.filter { !$0.hasSuffix("224") }.map { "rsa_signature_3072_\($0)_test" }
        let large = ["4096_sha256", "8192_sha256"].map { "rsa_signature_\($0)_test" }
        for name in small + middle + large {
            // In the other files, the one with the wrong digest is wrong by having ours.
            try verifyRSA(name, .rsaPKCS1SHA256) { group, test in
                (test.isValid && group.sha == "SHA-256")
                    || test.comment.hasPrefix("The message is hashed with SHA-256 instead of")
            }
        }
    }

    @Test("PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes verifies, and any other PSS does not")
    func pss() throws {
        let names = [
            "2048_sha1_mgf1_20", "2048_sha256_mgf1_0", "2048_sha256_mgf1_32", "2048_sha256_mgf1sha1_20",
            "2048_sha384_mgf1_48", "2048_sha512_224_mgf1_28", "2048_sha512_256_mgf1_32", "3072_sha256_mgf1_32",
            "4096_sha256_mgf1_32", "misc",
        ]
        for name in names {
            try verifyRSA("rsa_pss_\(name)_test", .rsaPSSSHA256) { group, test in
                group.sha == "SHA-256" && group.mgfSha == "SHA-256"
                    && (group.sLen == 32 ? test.isValid : test.comment == "s_len changed to 32")
            }
        }
    }

    @Test("keys that are bound to PSS by their identifier are refused: the service makes none")
    func boundKeys() throws {
        for (name, spec) in [("2048", KeySpec.rsa2048), ("3072", .rsa3072)] {
            let file = try WycheproofFile.published("rsa_pss_\(name)_sha256_mgf1_32_params_test")
            for group in file.testGroups {
                let der = hex(try #require(group.publicKeyDer))
                #expect(throws: InvalidPublicKey.self) { try PublicKey(spec, der: der) }
            }
        }
    }

    @Test("PKCS#1 v1.5 signatures are the published bytes", arguments: [("2048", KeySpec.rsa2048), ("3072", .rsa3072)])
    func pkcs1Generation(name: String, spec: KeySpec) throws {
        let file = try WycheproofFile.published("rsa_pkcs1_\(name)_sig_gen_test")
        var tally = Tally()
        for group in file.testGroups {
            guard group.sha == "SHA-256" else {
                tally.leaveOut(group.tests.count, "signs \(group.sha ?? "?")")
                continue
            }
            let der = hex(try #require(group.keyDer))
            guard der.suffix(3) == [1, 0, 1] else {
                tally.leaveOut(group.tests.count, "the exponent 3, which is refused")
                #expect(throws: InvalidPublicKey.self) { try PublicKey(spec, der: der) }
                continue
            }
            let key = try PrivateKey(spec, pkcs8: hex(try #require(group.privateKeyPkcs8)))
            #expect(key.publicKey.der == der)
            for test in group.tests {
                let signature = try key.sign(SHA256.digest(try test.bytes(\.msg)), with: .rsaPKCS1SHA256)
                #expect(try signature == test.bytes(\.sig), "\(test.tcId)")
                tally.run()
            }
        }
        tally.close("rsa_pkcs1_\(name)_sig_gen_test", file)
        #expect(tally.ran > 0)
    }

    private func verifyECDSA(_ name: String, _ spec: KeySpec, isValid: (WycheproofFile.Test) -> Bool) throws {
        let file = try WycheproofFile.published(name)
        var tally = Tally()
        for group in file.testGroups {
            let key = try PublicKey(spec, der: hex(try #require(group.publicKeyDer)))
            for test in group.tests {
                let digest = SHA256.digest(try test.bytes(\.msg))
                let isVerified = key.verify(try test.bytes(\.sig), of: digest, with: .ecdsaSHA256)
                #expect(isVerified == isValid(test), "\(name) \(test.tcId)")
                tally.run()
            }
        }
        tally.close(name, file)
    }

    @Test("ECDSA verifies what is valid, s and n - s alike, and refuses the rest")
    func ecdsa() throws {
        try verifyECDSA("ecdsa_secp256r1_sha256_test", .ecP256) { $0.isValid }
        try verifyECDSA("ecdsa_secp256k1_sha256_test", .ecP256K) { $0.isValid }
        // Bitcoin alone takes the lower s only.
        try verifyECDSA("ecdsa_secp256k1_sha256_bitcoin_test", .ecP256K) {
            $0.isValid || $0.flags == ["SignatureMalleabilityBitcoin"]
                || $0.comment == "edge case for signature malleability"
        }
    }

    @Test("ECDSA of other digests or in another writing does not verify")
    func otherECDSA() throws {
        for (curve, spec) in [("secp256r1", KeySpec.ecP256), ("secp256k1", .ecP256K)] {
            for kind in ["sha256_p1363", "sha512", "sha3_256"] {
                try verifyECDSA("ecdsa_\(curve)_\(kind)_test", spec) { _ in false }
            }
        }
    }
}
