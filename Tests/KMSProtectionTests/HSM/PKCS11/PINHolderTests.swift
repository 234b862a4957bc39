import KMSCore
import KMSTestKit
import Testing

@testable import KMSProtection

/// Somebody who has the PIN and the database, and the root key as well: what he cannot do is take a key out.
@Suite("The holder of a token's PIN", .enabled(if: SoftHSM.isPresent))
struct PINHolderTests {
    private func blob(_ token: TokenVault, _ spec: KeySpec) async throws -> TokenBlob {
        let version = try await token.vault.makeVersion(TokenVault.identity(spec), at: Timestamp(seconds: 0))
        return try token.vault.blob(of: version)
    }

    @Test("cannot unwrap a key in the clear", arguments: [KeySpec.aes256, .ecP256, .rsa2048])
    func unwrapping(_ spec: KeySpec) async throws {
        let token = try TokenVault(needsRSA: spec == .rsa2048)
        let blob = try await blob(token, spec)
        let kind = try #require(TokenKeyKind(spec, VendorMechanisms()))
        try token.vault.wrappingKey.perform { (connection, wrappingKey) throws(PKCS11Error) in
            try connection.withSession { (session) throws(PKCS11Error) in
                #expect(throws: PKCS11Error.self) {
                    _ = try session.unwrap(
                        blob.wrapped,
                        UInt(blob.mechanism),
                        under: wrappingKey,
                        isPrivate: !spec.isSymmetric,
                        kind.template(isExtractable: true)
                    )
                }
                let key = try session.unwrap(
                    blob.wrapped,
                    UInt(blob.mechanism),
                    under: wrappingKey,
                    isPrivate: !spec.isSymmetric,
                    kind.template(isExtractable: false)
                )
                #expect(try session.attribute(Attribute.extractable, of: key) == [0])
                #expect(try session.attribute(Attribute.sensitive, of: key) == [1])
                // CKA_VALUE
                #expect(throws: PKCS11Error.self) { _ = try session.attribute(0x11, of: key) }
                #expect(throws: PKCS11Error.self) {
                    _ = try session.wrap(key, UInt(blob.mechanism), under: wrappingKey)
                }
            }
        }
    }

    @Test("cannot use the wrapping key for anything else")
    func wrappingKey() async throws {
        let token = try TokenVault()
        let blob = try await blob(token, .aes256)
        try token.vault.wrappingKey.perform { (connection, wrappingKey) throws(PKCS11Error) in
            try connection.withWritingSession { (session) throws(PKCS11Error) in
                #expect(throws: PKCS11Error.self) {
                    let byte: [UInt8] = [1]
                    _ = try session.seal(
                        byte.span.bytes,
                        Mechanism.aesGCM,
                        under: wrappingKey,
                        nonce: [UInt8](1...12),
                        authenticating: []
                    )
                }
                #expect(throws: PKCS11Error.self) { _ = try session.decrypt(blob.wrapped, 0x1081, under: wrappingKey) }
                #expect(throws: PKCS11Error.self) { _ = try session.attribute(0x11, of: wrappingKey) }
                #expect(throws: PKCS11Error.self) {
                    _ = try session.wrap(wrappingKey, UInt(blob.mechanism), under: wrappingKey)
                }
                // CKA_MODIFIABLE, CKA_COPYABLE, CKA_DECRYPT
                for attribute in [0x170, 0x171, 0x105] as [UInt] {
                    #expect(try session.attribute(attribute, of: wrappingKey) == [0])
                }
            }
        }
    }

    @Test("is reported where the token does not know unwrap templates")
    func exportable() async throws {
        let soft = try SoftHSM()
        soft.set(.hasNoUnwrapTemplate)
        let token = try TokenVault(soft)
        #expect(token.remarks.contains { $0.contains("exportable by the PIN holder") })
        #expect(try token.vault.wrappingKey.weaknesses().count == 1)
        #expect(try TokenVault().vault.wrappingKey.weaknesses().isEmpty)
        let old = try SoftHSM()
        old.set(.hidesCopyable)
        let copyable = try TokenVault(old)
        #expect(copyable.remarks.contains { $0.contains("CKA_COPYABLE") })
        #expect(try copyable.vault.wrappingKey.weaknesses().count == 1)
    }
}
