import Foundation
import KMSCore
import Testing

@testable import KMSCrypto

@Suite("SM4-GCM and check values")
struct SM4GCMTests {
    private static let key = hex("0123456789abcdeffedcba9876543210")

    private func seal(_ message: [UInt8], nonce: [UInt8], _ data: [UInt8], key: [UInt8] = key) throws -> [UInt8] {
        var output: [UInt8] = [9]
        try SM4GCM.seal(message.span.bytes, key: key.span.bytes, nonce: nonce[...], authenticating: data, into: &output)
        #expect(output.first == 9)
        return Array(output.dropFirst())
    }

    private func open(_ sealed: [UInt8], nonce: [UInt8], _ data: [UInt8], key: [UInt8] = key) throws -> [UInt8] {
        try SM4GCM.open(sealed[...], key: key.span.bytes, nonce: nonce[...], authenticating: data)
            .withBytes { $0.array }
    }

    @Test("is RFC 8998's, A.1")
    func published() throws {
        let message = hex(
            """
            aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd
            eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa
            """
        )
        let sealed = hex(
            """
            17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735
            d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d
            83de3541e4c2b58177e065a9bf7b62ec
            """
        )
        let (nonce, data) = (hex("00001234567800000000abcd"), hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        #expect(try seal(message, nonce: nonce, data) == sealed)
        #expect(try open(sealed, nonce: nonce, data) == message)
    }

    @Test(
        "is RFC 8998's as the vectors of Python's cryptography have it",
        .enabled(if: VectorFolder.path != nil, VectorFolder.reason)
    )
    func collected() throws {
        let folder = try #require(VectorFolder.path)
        let file = URL(filePath: folder).deletingLastPathComponent()
            .appending(path: "cryptography_vectors/ciphers/SM4/rfc8998.txt")
        var cases = 0
        var fields: [Substring: [UInt8]] = [:]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " = ")
            guard parts.count == 2, parts[0] != "COUNT" else { continue }
            fields[parts[0]] = hex(String(parts[1]))
            // The last field of a case.
            guard parts[0] == "CIPHERTEXT" else { continue }
            let (key, nonce) = (try #require(fields["KEY"]), try #require(fields["IV"]))
            let (data, plaintext) = (try #require(fields["AAD"]), try #require(fields["PLAINTEXT"]))
            let sealed = try #require(fields["CIPHERTEXT"]) + #require(fields["TAG"])
            #expect(try seal(plaintext, nonce: nonce, data, key: key) == sealed)
            #expect(try open(sealed, nonce: nonce, data, key: key) == plaintext)
            cases += 1
        }
        #expect(cases == 1)
        print("rfc8998.txt, SM4-GCM: \(cases) run")
    }

    @Test("seals and opens every length up to a few blocks, and long messages")
    func lengths() throws {
        let nonce = [UInt8](repeating: 3, count: 12)
        for count in Array(0...70) + [1_023, 3_072, 3_073, 6_144, 50_001] {
            let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
            let sealed = try seal(message, nonce: nonce, [1, 2])
            #expect(sealed.count == count + 16)
            #expect(try open(sealed, nonce: nonce, [1, 2]) == message)
        }
    }

    @Test("a flipped bit in any byte of ciphertext, tag, nonce, data or key is refused")
    func refusesChanges() throws {
        let (nonce, data) = ([UInt8](repeating: 3, count: 12), [UInt8]("data".utf8))
        let sealed = try seal(Array("a message of more than one block".utf8), nonce: nonce, data)
        func flipped(_ bytes: [UInt8], _ index: Int) -> [UInt8] {
            var bytes = bytes
            bytes[index] ^= 0x10
            return bytes
        }
        func refuse(_ sealed: [UInt8], _ nonce: [UInt8], _ data: [UInt8], _ key: [UInt8] = Self.key) {
            #expect(throws: AuthenticationFailure.self) { try open(sealed, nonce: nonce, data, key: key) }
        }
        for index in sealed.indices { refuse(flipped(sealed, index), nonce, data) }
        for index in nonce.indices { refuse(sealed, flipped(nonce, index), data) }
        for index in data.indices { refuse(sealed, nonce, flipped(data, index)) }
        for index in Self.key.indices { refuse(sealed, nonce, data, flipped(Self.key, index)) }
        refuse([], nonce, data)
        refuse(Array(sealed.dropLast()), nonce, data)
        refuse(sealed + [0], nonce, data)
        refuse(sealed, nonce + [0], data)
        refuse(sealed, nonce, data, Array(Self.key.dropLast()))
    }

    @Test("a check value is the tag of nothing under the key, bound to its data")
    func checkValues() throws {
        let long = [UInt8](repeating: 5, count: 32)
        let zeros = [UInt8](repeating: 0, count: 12)
        let value = try KeyCheckValue.make(of: long.span.bytes, .aes256, authenticating: [1])
        // An empty message's ciphertext is its tag alone: opening it checks the value by another way.
        _ = try AESGCM.open(value[...], .plain, key: long.span.bytes, nonce: zeros[...], authenticating: [1])
        #expect(
            try KeyCheckValue.make(of: Self.key.span.bytes, .sm4, authenticating: [1]) == seal([], nonce: zeros, [1])
        )
        #expect(try KeyCheckValue.make(of: long.span.bytes, .aes256, authenticating: [2]) != value)
        var other = long
        other[31] ^= 1
        #expect(try KeyCheckValue.make(of: other.span.bytes, .aes256, authenticating: [1]) != value)
        for (key, spec) in [(long, KeySpec.sm4), (Self.key, .aes256), (long, .ecP256), ([], .aes256)] {
            #expect(throws: CryptoError.self) {
                try KeyCheckValue.make(of: key.span.bytes, spec, authenticating: [1])
            }
        }
    }

    @Test("SM3 is GB/T 32905's, examples 1 and 2")
    func sm3() {
        #expect(
            SM3.digest(Array("abc".utf8)) == hex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
        )
        let blocks = [UInt8]((0..<16).flatMap { _ in "abcd".utf8 })
        #expect(SM3.digest(blocks) == hex("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"))
    }
}
