import Foundation
import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@testable import KMSProtection

/// Searches this process's own writable memory.
private enum ProcessMemory {
    /// How often the bytes occur besides the array itself.
    static func copies(of secret: [UInt8]) throws -> Int {
        try secret.withUnsafeBytes { try count(of: $0) } - 1
    }

    /// Reads through /proc/self/mem, so that memory that another thread unmaps meanwhile is passed over.
    private static func count(of needle: UnsafeRawBufferPointer) throws -> Int {
        let window = 1 << 20
        // What was read lies here as well, so these addresses are left out.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: window + needle.count, alignment: 16)
        defer {
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            buffer.deallocate()
        }
        let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { return 0 }
        defer { close(memory) }
        guard let pattern = needle.baseAddress, let first = needle.first.map(CInt.init), let base = buffer.baseAddress
        else { return 0 }
        let own = Int(bitPattern: base)..<Int(bitPattern: base) + buffer.count
        var found = 0
        for line in try SystemFile.text("/proc/self/maps").split(separator: "\n") {
            let columns = line.split(separator: " ")
            guard columns.count > 1, columns[1].hasPrefix("rw") else { continue }
            let bounds = columns[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            guard bounds.count == 2 else { continue }
            for start in stride(from: bounds[0], to: bounds[1], by: window) {
                let length = min(window + needle.count - 1, bounds[1] - start)
                let read = pread(memory, base, length, start)
                var offset = 0
                while offset < read, let hit = memchr(base + offset, first, read - offset) {
                    let position = UnsafeRawPointer(hit) - UnsafeRawPointer(base)
                    if position < window, position + needle.count <= read, !own.contains(start + position),
                        memcmp(hit, pattern, needle.count) == 0
                    {
                        found += 1
                    }
                    offset = position + 1
                }
            }
        }
        return found
    }
}

/// These look at the memory of the whole process, which other tests use at the same time: `make test` runs them alone.
@Suite(
    "Secrets that are done with",
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["KEYHOLD_ALONE"] != nil)
)
struct WipingTests {
    /// Random bytes; the first is one that memory is not full of.
    private func makeSentinel(_ count: Int) throws -> [UInt8] {
        try [0xB7] + RandomBytes.bytes(count: count - 1)
    }

    @Test("nothing is left of a secret when its owner lets go")
    func secretBytes() throws {
        let sentinel = try makeSentinel(64)
        do {
            let secret = SecretBytes(copying: sentinel)
            #expect(try ProcessMemory.copies(of: sentinel) == 1)
            _ = secret.byteCount
        }
        #expect(try ProcessMemory.copies(of: sentinel) == 0)
    }

    @Test("nothing is left of a plaintext that was encrypted and decrypted")
    func plaintext() async throws {
        let sentinel = try makeSentinel(64)
        let identity = try #require(VersionIdentity.sampleSoftwareKey)
        let vault = try SoftwareVault(root: .repeating(1), workers: InlineWorkers())
        let version = try await vault.makeVersion(identity, at: Timestamp(seconds: 0))
        do {
            let sealed = try await vault.seal(
                SecretBytes(copying: sentinel),
                under: version,
                authenticating: .init()
            )
            let opened = try await vault.open(sealed, under: version, authenticating: .init())
            #expect(try ProcessMemory.copies(of: sentinel) == 1)
            _ = opened.byteCount
        }
        #expect(try ProcessMemory.copies(of: sentinel) == 0)
    }

    @Test("nothing is left of a key that the vault forgets, not even in a key schedule")
    func key() async throws {
        let sentinel = try makeSentinel(32)
        let identity = try #require(VersionIdentity.sampleSoftwareKey)
        let root = try RootKeyRing.repeating(1)
        let vault = SoftwareVault(root: root, workers: InlineWorkers())
        let fields = RecordFields.keyVersion(identity, publicKeyDigest: [])
        let material = try RecordSealer(.keyVersion, under: root).seal(SecretBytes(copying: sentinel), binding: fields)
        let version = KeyVersion(identity: identity, createdAt: Timestamp(seconds: 0), sealedMaterial: material)
        for _ in 0..<3 {
            _ = try await vault.seal(SecretBytes(copying: [1]), under: version, authenticating: .init())
            #expect(try ProcessMemory.copies(of: sentinel) == 1)
            vault.forget([version.id])
            #expect(try ProcessMemory.copies(of: sentinel) == 0)
        }
    }

    @Test("nothing is left of a plaintext that was encrypted to a public key and decrypted")
    func asymmetricPlaintext() async throws {
        let sentinel = try makeSentinel(64)
        let publicKeys = ParsedPublicKeys(workers: InlineWorkers())
        for (spec, algorithm) in [(KeySpec.rsa2048, EncryptionAlgorithm.rsaesOAEPSHA256), (.ecSM2, .sm2PKE)] {
            let vault = try SoftwareVault(root: .repeating(1), workers: InlineWorkers())
            let identity = try #require(
                VersionIdentity.sample(spec, level: .software, backend: SoftwareVault.backend, algorithm: nil)
            )
            let version = try await vault.makeVersion(identity, at: Timestamp(seconds: 0))
            do {
                let ciphertext = try await publicKeys.encrypt(
                    SecretBox(SecretBytes(copying: sentinel)),
                    with: algorithm,
                    to: try #require(version.publicKey),
                    of: spec
                )
                #expect(try ProcessMemory.copies(of: sentinel) == 0)
                let opened = try await vault.decrypt(ciphertext, with: algorithm, under: version)
                #expect(try ProcessMemory.copies(of: sentinel) == 1)
                _ = opened.byteCount
            }
            #expect(try ProcessMemory.copies(of: sentinel) == 0)
        }
    }

    @Test("nothing is left of a private number that the vault forgets")
    func privateNumber() async throws {
        let root = try RootKeyRing.repeating(1)
        let identity = try #require(
            VersionIdentity.sample(.ecP256K, level: .software, backend: SoftwareVault.backend, algorithm: nil)
        )
        let vault = SoftwareVault(root: root, workers: InlineWorkers())
        // A number of the curve; whose public key it is, nobody asks.
        let sentinel = try makeSentinel(32)
        let publicKey = try PrivateKey.generate(.ecP256K).publicKey.der
        let fields = RecordFields.keyVersion(identity, publicKeyDigest: SHA256.digest(publicKey))
        let material = try RecordSealer(.keyVersion, under: root).seal(SecretBytes(copying: sentinel), binding: fields)
        let version = KeyVersion(
            identity: identity,
            createdAt: Timestamp(seconds: 0),
            publicKey: publicKey,
            sealedMaterial: material
        )
        for _ in 0..<3 {
            let digest = [UInt8](repeating: 3, count: 32)
            _ = try await vault.sign(digest, with: .ecdsaSHA256, under: version)
            #expect(try ProcessMemory.copies(of: sentinel) == 1)
            vault.forget([version.id])
            #expect(try ProcessMemory.copies(of: sentinel) == 0)
        }
    }
}
