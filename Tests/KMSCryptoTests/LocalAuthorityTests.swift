import KMSCore
import KMSTestKit
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
        #expect((395...396).contains(days))
        #expect(LocalAuthority.daysLeft(of: Array("nonsense".utf8)) == nil)
    }

    @Test("host names that would mean something in a list of names are refused")
    func refusesNames() {
        for text in ["", "a,DNS:b", "a b", "a/b", "a;b", "ü"] { #expect(HostName(text) == nil) }
    }

    /// Whether `openssl verify`, in its strict mode, takes a certificate for `name`; and what it said.
    private func verify(
        _ issued: LocalAuthority.Issued,
        _ authority: LocalAuthority,
        _ name: [String]
    ) throws -> (isTaken: Bool, said: String) {
        let folder = try ScratchFolder()
        let certificate = try folder.file("server.pem", issued.certificate)
        let anchor = try folder.file("ca.pem", authority.certificate)
        let program = try #require(OpenSSLProgram.installed)
        let strict = ["verify", "-x509_strict", "-purpose", "sslserver", "-no-CApath", "-no-CAstore"]
        let (output, isSuccess) = try program.run(strict + ["-CAfile", anchor] + name + [certificate])
        return (isSuccess, String(decoding: output, as: UTF8.self))
    }

    private func names(_ texts: [String]) -> [HostName] { texts.compactMap { HostName($0) } }

    @Test("certificates verify for every name they are for", .enabled(if: OpenSSLProgram.installed != nil))
    func verifies() throws {
        let hosts = names(["kms.example.test", "10.1.2.3", "fd00::1"])
        let loopback = names(["localhost", "127.0.0.1", "::1"])
        let authority = try LocalAuthority.make(for: hosts)
        let issued = try authority.issue(for: hosts + loopback)
        for host in ["kms.example.test", "localhost"] {
            let (isTaken, said) = try verify(issued, authority, ["-verify_hostname", host])
            #expect(isTaken, "\(said)")
        }
        for address in ["10.1.2.3", "fd00::1", "127.0.0.1", "::1"] {
            let (isTaken, said) = try verify(issued, authority, ["-verify_ip", address])
            #expect(isTaken, "\(said)")
        }
        #expect(try !verify(issued, authority, ["-verify_hostname", "other.test"]).isTaken)
        let stranger = try LocalAuthority.make(for: hosts)
        #expect(try !verify(issued, stranger, []).isTaken)
    }

    @Test(
        "what the authority was not made for does not verify",
        .enabled(if: OpenSSLProgram.installed != nil),
        arguments: ["bank.test", "ample.test", "example.test.evil.test"]
    )
    func constrained(name: String) throws {
        let authority = try LocalAuthority.make(for: names(["example.test", "10.1.2.3"]))
        let (isTaken, said) = try verify(try authority.issue(for: names([name])), authority, [])
        #expect(!isTaken && said.contains("permitted subtree violation"), "\(said)")
    }

    @Test("a private key that is not the authority's issues nothing")
    func wrongKey() throws {
        let authority = try LocalAuthority.make(for: names(["example.test"]))
        let other = try LocalAuthority.make(for: names(["example.test"]))
        let mixed = LocalAuthority(certificate: authority.certificate, privateKey: other.privateKey)
        #expect(throws: CryptoError.self) { _ = try mixed.issue(for: names(["example.test"])) }
        for damaged in [[], Array("-----BEGIN CERTIFICATE-----".utf8), Array(authority.certificate.prefix(200))] {
            let broken = LocalAuthority(certificate: damaged, privateKey: authority.privateKey)
            #expect(throws: CryptoError.self) { _ = try broken.issue(for: names(["example.test"])) }
        }
    }

    @Test("addresses that are none are refused by name or by the library", arguments: ["1.2.3", "1.2.3.4.5", ":::"])
    func badAddresses(text: String) throws {
        guard let name = HostName(text) else { return }
        let authority = try LocalAuthority.make(for: [name])
        #expect(throws: CryptoError.self) { _ = try authority.issue(for: [name]) }
    }
}
