import KMSCore
import KMSTestKit
import Testing

@testable import KMSCrypto

@Suite("Certificate requests", .enabled(if: OpenSSLProgram.installed != nil))
struct CertificateRequestTests {
    @Test(
        "openssl verifies a request of every asymmetric spec and reads what was asked for",
        arguments: asymmetricSpecs
    )
    func verifies(spec: KeySpec) throws {
        let subject = #"CN=Müller\, "# + "日本" + ##",OU=One+ST=Zhejiang,OU=\#Two,O="A; B",L=#0c04e69dad41,C=CN"##
        let request = try CertificateRequest.sample(
            spec,
            subject: subject,
            hosts: ["www.example.com", "*.example.org"]
        )
        let said = try Workshop().verify(try request.signed(by: SampleKeys.one(spec)), of: spec)
        // Relative names come back in the text's order; the order within one is that of DER.
        let name = ##"subject=CN=Müller\, 日本,OU=One+ST=Zhejiang,OU=\#Two,O=A\; B,L=杭A,C=CN"##
        let swapped = name.replacing("OU=One+ST=Zhejiang", with: "ST=Zhejiang+OU=One")
        #expect(said.contains(name) || said.contains(swapped), "\(said)")
        #expect(said.contains("DNS:www.example.com, DNS:*.example.org"))
        let plain = try CertificateRequest.sample(spec).signed(by: SampleKeys.one(spec))
        #expect(try !Workshop().verify(plain, of: spec).contains("Alternative"))
    }

    @Test("a signature that is not the key's, or is damaged, makes no request", arguments: asymmetricSpecs)
    func refusesSignatures(spec: KeySpec) throws {
        let (x509, request) = (X509(), try CertificateRequest.sample(spec))
        let digest = try x509.digest(of: x509.info(of: request), publicKey: request.publicKey, spec: spec)
        let algorithm = try #require(request.signatureAlgorithm)
        var signature = try SampleKeys.one(spec).sign(digest, with: algorithm)
        #expect(throws: CertificateError.self) {
            _ = try x509.pem(of: request, signature: SampleKeys.other(spec).sign(digest, with: algorithm))
        }
        signature[signature.count - 1] ^= 1
        #expect(throws: CertificateError.self) { _ = try x509.pem(of: request, signature: signature) }
        #expect(throws: CertificateError.self) { _ = try x509.pem(of: request, signature: []) }
    }

    @Test("what is signed does not change from one call to the next")
    func isStable() throws {
        let request = try CertificateRequest.sample(.ecP256, hosts: ["a.example"])
        #expect(try X509().info(of: request) == X509().info(of: request))
    }

    @Test("bytes that are no public key make no request")
    func refusesKeys() throws {
        let sample = try CertificateRequest.sample(.ecP256)
        for damaged in [[], [0x30], sample.publicKey + [0], Array(sample.publicKey.dropLast())] {
            let request = CertificateRequest(subject: sample.subject, hosts: [], publicKey: damaged, spec: .ecP256)
            #expect(throws: CertificateError.self) { _ = try X509().info(of: request) }
        }
    }

    @Test("the largest subject with the longest names is written")
    func largest() throws {
        let (long, longer) = (String(repeating: "𝄞", count: 64), String(repeating: "𝄞", count: 128))
        let units = Array(repeating: "OU=\(long)", count: 8).joined(separator: "+")
        let host = Array(repeating: String(repeating: "a", count: 62), count: 4).joined(separator: ".")
        let request = try CertificateRequest.sample(
            .rsa3072,
            subject: "CN=\(long),\(units),O=\(long),ST=\(longer),L=\(longer),C=CN",
            hosts: Array(repeating: host, count: 10)
        )
        let said = try Workshop().verify(try request.signed(by: SampleKeys.one(.rsa3072)), of: .rsa3072)
        #expect(said.contains(host))
    }

    @Test(
        "the DER of a string is read, and nothing else",
        arguments: [
            ("0c04e69dad41", "杭A"), ("1302434e", "CN"), ("1e04676d0041", "杭A"), ("1402e941", "éA"),
            ("0c00", ""), ("1c0800006e2c00000041", "測A"),
        ] as [(String, String)]
    )
    func directoryStrings(_ der: String, _ text: String) {
        #expect(X509().text(ofDirectoryString: hex(der)) == text)
    }

    @Test(
        "the DER of other things is refused",
        arguments: ["", "0c", "0c04e69dad", "0c04e69dad4100", "020101", "0c02ff41", "300204 00", "05 00", "0c80410000"]
    )
    func noDirectoryStrings(_ der: String) {
        #expect(X509().text(ofDirectoryString: hex(der.replacing(" ", with: ""))) == nil)
    }
}
