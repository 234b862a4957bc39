import KMSCore
import Testing

@testable import KMSCrypto

@Suite("The local certificate authority")
struct LocalAuthorityTests {
    @Test("issues a certificate that is PEM and valid for no longer than clients accept")
    func issues() throws {
        let names = [HostName("localhost"), HostName("127.0.0.1"), HostName("::1")].compactMap { $0 }
        #expect(names.count == 3)
        let authority = try LocalAuthority.make(for: names)
        let issued = try authority.issue(for: names)
        #expect(String(decoding: issued.certificate, as: UTF8.self).hasPrefix("-----BEGIN CERTIFICATE-----"))
        let key = issued.privateKey.withBytes { String(decoding: $0.array, as: UTF8.self) }
        #expect(key.hasPrefix("-----BEGIN PRIVATE KEY-----") && key.hasSuffix("-----END PRIVATE KEY-----\n"))
        let days = try #require(LocalAuthority.daysLeft(of: issued.certificate))
        #expect((395...397).contains(days))
        #expect(LocalAuthority.daysLeft(of: Array("nonsense".utf8)) == nil)
    }

    @Test("host names that would mean something in a list of names are refused")
    func refusesNames() {
        for text in ["", "a,DNS:b", "a b", "a/b", "a;b", "ü"] { #expect(HostName(text) == nil) }
    }
}
