import KMSCore
import Testing

@testable import KMSCrypto

@Suite("Project Wycheproof's AEAD files, whole")
struct WycheproofAEADTests {
    typealias Sealing = (_ message: [UInt8], _ key: [UInt8], _ nonce: [UInt8], _ data: [UInt8]) throws -> [UInt8]
    typealias Opening = (_ sealed: [UInt8], _ key: [UInt8], _ nonce: [UInt8], _ data: [UInt8]) throws -> [UInt8]

    /// Holds the tests of one key size, 96-bit nonces and 128-bit tags to what the file says of them.
    private func check(
        _ name: String,
        _ file: WycheproofFile,
        keySize: Int,
        seal: Sealing,
        open: Opening
    ) throws -> Int {
        var tally = Tally()
        for group in file.testGroups {
            for test in group.tests {
                let (key, nonce, data) = try (test.bytes(\.key), test.bytes(\.iv), test.bytes(\.aad))
                let (message, sealed) = try (test.bytes(\.msg), test.bytes(\.ct) + test.bytes(\.tag))
                let opened = try? open(sealed, key, nonce, data)
                guard group.keySize == keySize, group.ivSize == 96, group.tagSize == 128 else {
                    tally.leaveOut(
                        1,
                        "a \(group.keySize == keySize ? "nonce" : "key") of another length, which is refused"
                    )
                    #expect(opened == nil, "\(name) \(test.tcId)")
                    continue
                }
                #expect(opened == (test.isValid ? message : nil), "\(name) \(test.tcId)")
                if test.isValid { #expect(try seal(message, key, nonce, data) == sealed, "\(name) \(test.tcId)") }
                tally.run()
            }
        }
        tally.close(name, file)
        return tally.ran
    }

    @Test("AES-256-GCM", .enabled(if: VectorFolder.path != nil, VectorFolder.reason))
    func aes() throws {
        let ran = try check(
            "aes_gcm_test",
            WycheproofFile.published("aes_gcm_test"),
            keySize: 256,
            seal: { message, key, nonce, data in
                var output: [UInt8] = []
                try AESGCM.seal(
                    message.span.bytes,
                    .plain,
                    key: key.span.bytes,
                    nonce: nonce[...],
                    authenticating: data,
                    into: &output
                )
                return output
            },
            open: { sealed, key, nonce, data in
                try AESGCM.open(sealed[...], .plain, key: key.span.bytes, nonce: nonce[...], authenticating: data)
                    .withBytes { $0.array }
            }
        )
        #expect(ran == 66)
    }

    @Test("SM4-GCM")
    func sm4() throws {
        let ran = try check(
            "wycheproof-sm4-gcm",
            WycheproofFile.carried("wycheproof-sm4-gcm"),
            keySize: 128,
            seal: { message, key, nonce, data in
                var output: [UInt8] = []
                try SM4GCM.seal(
                    message.span.bytes,
                    key: key.span.bytes,
                    nonce: nonce[...],
                    authenticating: data,
                    into: &output
                )
                return output
            },
            open: { sealed, key, nonce, data in
                try SM4GCM.open(sealed[...], key: key.span.bytes, nonce: nonce[...], authenticating: data)
                    .withBytes { $0.array }
            }
        )
        #expect(ran == 65)
    }
}
