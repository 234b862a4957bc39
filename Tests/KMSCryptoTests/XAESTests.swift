import KMSCore
import KMSTestKit
import Testing

@testable import KMSCrypto

/// The vectors of c2sp.org/XAES-256-GCM.
@Suite("XAES-256-GCM")
struct XAESTests {
    struct Vector: Sendable {
        let key: UInt8
        let data: String
        let sealed: String
    }

    static let vectors = [
        Vector(key: 0x01, data: "", sealed: "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        Vector(
            key: 0x03,
            data: "c2sp.org/XAES-256-GCM",
            sealed: "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"
        ),
    ]

    static let nonce = Array("ABCDEFGHIJKLMNOPQRSTUVWX".utf8)

    @Test("seals the published messages to the published bytes", arguments: vectors)
    func seals(_ vector: Vector) throws {
        let key = [UInt8](repeating: vector.key, count: 32)
        var sealed: [UInt8] = []
        try AESGCM.seal(
            Array("XAES-256-GCM".utf8).span.bytes,
            .extended,
            key: key.span.bytes,
            nonce: Self.nonce[...],
            authenticating: Array(vector.data.utf8),
            into: &sealed
        )
        #expect(sealed == hex(vector.sealed))
    }

    @Test("opens the published bytes", arguments: vectors)
    func opens(_ vector: Vector) throws {
        let key = [UInt8](repeating: vector.key, count: 32)
        let plaintext = try AESGCM.open(
            hex(vector.sealed)[...],
            .extended,
            key: key.span.bytes,
            nonce: Self.nonce[...],
            authenticating: Array(vector.data.utf8)
        )
        let bytes = plaintext.withBytes { $0.array }
        #expect(bytes == Array("XAES-256-GCM".utf8))
    }

    @Test("a flipped bit in any byte of ciphertext, tag, nonce or data is refused")
    func refusesFlippedBits() throws {
        let key = [UInt8](repeating: 3, count: 32)
        let sealed = hex(Self.vectors[1].sealed)
        let data = Array(Self.vectors[1].data.utf8)
        func opens(_ sealed: [UInt8], _ nonce: [UInt8], _ data: [UInt8]) -> Bool {
            do {
                _ = try AESGCM.open(
                    sealed[...],
                    .extended,
                    key: key.span.bytes,
                    nonce: nonce[...],
                    authenticating: data
                )
                return true
            } catch { return false }
        }
        #expect(opens(sealed, Self.nonce, data))
        for index in sealed.indices { #expect(!opens(flipped(sealed, index), Self.nonce, data)) }
        for index in Self.nonce.indices { #expect(!opens(sealed, flipped(Self.nonce, index), data)) }
        for index in data.indices { #expect(!opens(sealed, Self.nonce, flipped(data, index))) }
        for count in sealed.indices { #expect(!opens(Array(sealed.prefix(count)), Self.nonce, data)) }
    }

    /// The published test draws its inputs from SHAKE-128 of nothing and hashes all ciphertexts with SHAKE-128.
    @Test("agrees with the published digest over 10,000 random messages", .enabled(if: OpenSSLProgram.installed != nil))
    func accumulated() throws {
        let program = try #require(OpenSSLProgram.installed)
        let folder = try ScratchFolder()
        let empty = try folder.file("empty", [])
        let stream = try program.run(["dgst", "-shake128", "-xoflen", "4000000", "-binary", empty]).output
        #expect(stream.starts(with: hex("7f9c2ba4e88f827d616045507605853e")))
        var rest = stream[...]
        func take(_ count: Int) -> ArraySlice<UInt8> {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        var sealed: [UInt8] = []
        for _ in 0..<10_000 {
            let key = Array(take(32))
            let nonce = take(24)
            let plaintext = Array(take(Int(try #require(take(1).first))))
            let data = Array(take(Int(try #require(take(1).first))))
            let start = sealed.count
            try AESGCM.seal(
                plaintext.span.bytes,
                .extended,
                key: key.span.bytes,
                nonce: nonce,
                authenticating: data,
                into: &sealed
            )
            let opened = try AESGCM.open(
                sealed[start...],
                .extended,
                key: key.span.bytes,
                nonce: nonce,
                authenticating: data
            )
            let isSame = opened.withBytes { $0.array } == plaintext
            #expect(isSame)
        }
        let file = try folder.file("sealed", sealed)
        let digest = try program.run(["dgst", "-shake128", "-xoflen", "32", "-binary", file]).output
        #expect(digest == hex("e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"))
    }

    private func flipped(_ bytes: [UInt8], _ index: Int) -> [UInt8] {
        var bytes = bytes
        bytes[index] ^= 1
        return bytes
    }
}
