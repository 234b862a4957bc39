import Foundation
import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

/// These set up the secret memory of the whole process, once: `make test` runs them alone.
@Suite(
    "Secret memory",
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["KEYHOLD_ALONE"] != nil)
)
struct SecretMemoryTests {
    private static let locking = ProcessMemory.lockSecrets()

    /// A line of /proc/self/smaps: the range of a mapping, its rights, and what the system does with it.
    private struct Mapping {
        let range: Range<UInt>
        let rights: String
        var flags: Set<Substring> = []
    }

    private static func mappings() throws -> [Mapping] {
        var mappings: [Mapping] = []
        for line in try SystemFile.text("/proc/self/smaps").split(separator: "\n") {
            let columns = line.split(separator: " ")
            let bounds = columns[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if bounds.count == 2, columns.count > 1 {
                mappings.append(Mapping(range: bounds[0]..<bounds[1], rights: String(columns[1])))
            } else if columns[0] == "VmFlags:", !mappings.isEmpty {
                mappings[mappings.count - 1].flags = Set(columns.dropFirst())
            }
        }
        return mappings
    }

    private static func address(of secret: borrowing SecretBytes) -> UInt {
        secret.withBytes { bytes in bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
    }

    @Test("a secret lies in memory that is locked, left out of core dumps and between guard pages")
    func placement() throws {
        let locking = Self.locking
        let secret = SecretBytes(copying: [1, 2, 3])
        let mappings = try Self.mappings()
        let address = Self.address(of: secret)
        let index = try #require(mappings.firstIndex { $0.range.contains(address) })
        let mapping = mappings[index]
        #expect(mapping.rights == "rw-p")
        #expect(mapping.flags.contains("dd"))
        let isLocked = if case .nothing = locking { false } else { true }
        #expect(mapping.flags.contains("lo") == isLocked)
        for neighbour in [mappings[index - 1], mappings[index + 1]] {
            #expect(neighbour.rights == "---p")
            #expect(
                neighbour.range.lowerBound == mapping.range.upperBound
                    || neighbour.range.upperBound == mapping.range.lowerBound
            )
        }
    }

    @Test("a secret that is let go gives its place back, wiped")
    func givingBack() {
        _ = Self.locking
        let before = ProcessMemory.secretsInUse
        var address: UInt = 0
        do {
            let secret = SecretBytes(copying: Array(repeating: 0xA5, count: 100))
            address = Self.address(of: secret)
            #expect(ProcessMemory.secretsInUse == before + 128)
        }
        #expect(ProcessMemory.secretsInUse == before)
        // The first bytes may be a link of the list of free places.
        let place = UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: 100)
        #expect(!place.dropFirst(16).contains(0xA5))
    }

    @Test("more secrets than it holds are kept elsewhere, and libcrypto still has room for its own")
    func exhaustion() throws {
        _ = Self.locking
        let before = ProcessMemory.secretsInUse
        do {
            let secrets = (0..<6_000).map { number in
                SecretBox(SecretBytes(copying: Array(repeating: UInt8(truncatingIfNeeded: number), count: 4_000)))
            }
            for (number, secret) in secrets.enumerated() {
                let isWhole = secret.withBytes { bytes in
                    bytes.withUnsafeBytes { $0.allSatisfy { $0 == UInt8(truncatingIfNeeded: number) } }
                }
                #expect(isWhole)
            }
            #expect(ProcessMemory.secretsInUse < 6_000 * 4_096)
            for spec in [KeySpec.rsa2048, .ecP256, .ecSM2] {
                let pair = try PrivateKey.generate(spec)
                _ = try pair.numbers()
            }
        }
        #expect(ProcessMemory.secretsInUse == before)
    }

    @Test("an empty secret is one too")
    func emptiness() {
        _ = Self.locking
        let secret = SecretBytes(byteCount: 0) { _ in }
        #expect(secret.byteCount == 0)
        let isEqual = secret.equals(SecretBytes(copying: []))
        #expect(isEqual)
    }
}
