import Foundation
import KMSCore
import KMSTestKit
import Testing

@testable import KMSCrypto

@Suite("Issued certificates", .enabled(if: OpenSSLProgram.installed != nil))
struct IssuedCertificateTests {
    private let x509 = X509()
    /// A minute on, when everything that a test issues is valid.
    private let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970) + 60)

    private func read(_ pem: String...) throws -> [IssuedCertificate] {
        try #require(x509.certificates(in: pem.joined(), limit: pem.count))
    }

    @Test("a certificate for a key of every asymmetric spec is read and known by its key", arguments: asymmetricSpecs)
    func reads(spec: KeySpec) throws {
        let workshop = try Workshop(isSM2: spec == .ecSM2)
        let root = try workshop.root("Root")
        let request = try CertificateRequest.sample(
            spec,
            subject: #"CN=Müller\, 日,OU=IT,O=Example,C=CN"#,
            hosts: ["www.example.com", "*.example.org"]
        ).signed(by: SampleKeys.one(spec))
        let leaf = try workshop.issue(request, "leaf", by: "Root")
        let certificate = try read(leaf)[0]
        #expect(certificate.subject == #"CN=Müller\, 日,OU=IT,O=Example,C=CN"#)
        #expect(certificate.issuer == "CN=Root")
        #expect(certificate.serial == "0102FF")
        #expect(certificate.hosts == ["www.example.com", "*.example.org"])
        #expect(certificate.keyIdentifier.count == 20)
        #expect(certificate.notBefore <= now && certificate.notBefore >= now.adding(seconds: -600))
        #expect(certificate.notAfter == certificate.notBefore.adding(seconds: 10 * 86_400))
        #expect(certificate.pem == leaf)
        #expect(x509.isCertificate(certificate, for: try SampleKeys.one(spec).publicKey.der))
        #expect(!x509.isCertificate(certificate, for: try SampleKeys.other(spec).publicKey.der))
        let another: KeySpec = spec == .ecP256 ? .ecSM2 : .ecP256
        #expect(!x509.isCertificate(certificate, for: try SampleKeys.one(another).publicKey.der))
        #expect(x509.areChained(try read(leaf, root), at: now))
        #expect(try workshop.takes(leaf, under: [], trusting: root))
    }

    @Test("a chain is taken whole and in order, with or without its root", arguments: [false, true])
    func chains(isSM2: Bool) throws {
        let spec: KeySpec = isSM2 ? .ecSM2 : .ecP256
        let workshop = try Workshop(isSM2: isSM2)
        let root = try workshop.root("Root")
        let upper = try workshop.intermediate("Upper", by: "Root")
        let lower = try workshop.intermediate("Lower", by: "Upper")
        let request = try CertificateRequest.sample(spec).signed(by: SampleKeys.one(spec))
        let leaf = try workshop.issue(request, "leaf", by: "Lower")
        // The program tells the signer's name of SM2 for the first certificate alone.
        if !isSM2 { #expect(try workshop.takes(leaf, under: [lower, upper], trusting: root)) }
        let taken = [[leaf, lower, upper, root], [leaf, lower, upper], [leaf, lower]]
        for chain in taken { #expect(x509.areChained(try read(chain.joined(), chain.count), at: now)) }
        let refused = [
            [leaf, upper, lower, root], [leaf, upper], [leaf, root], [leaf, lower, root], [leaf, lower, lower],
            [leaf, leaf], [leaf, lower, upper, root, root], [leaf, lower, upper, root, lower], [leaf],
        ]
        for chain in refused { #expect(!x509.areChained(try read(chain.joined(), chain.count), at: now)) }
        for moment in [now.adding(seconds: -86_400), now.adding(seconds: 11 * 86_400)] {
            #expect(!x509.areChained(try read(leaf, lower, upper, root), at: moment))
        }
    }

    private func read(_ text: String, _ count: Int) throws -> [IssuedCertificate] {
        try #require(x509.certificates(in: text, limit: count))
    }

    @Test("an issuer of the same name with another key, or one that is no authority, breaks the chain")
    func impostors() throws {
        let workshop = try Workshop()
        let root = try workshop.root("Root")
        let impostor = try workshop.root("Impostor", subject: "Root")
        let request = try CertificateRequest.sample(.ecP256).signed(by: SampleKeys.one(.ecP256))
        let leaf = try workshop.issue(request, "leaf", by: "Root")
        #expect(x509.areChained(try read(leaf, root), at: now))
        #expect(!x509.areChained(try read(leaf, impostor), at: now))
        let layman = try workshop.intermediate("Layman", by: "Root", isAuthority: false)
        let under = try workshop.issue(request, "under", by: "Layman")
        #expect(!x509.areChained(try read(under, layman, root), at: now))
    }

    @Test("PEM that is not of certificates alone is refused")
    func refusesTexts() throws {
        let workshop = try Workshop()
        let root = try workshop.root("Root")
        let key = try String(contentsOfFile: workshop.path("Root.key"), encoding: .utf8)
        let request = try CertificateRequest.sample(.ecP256).signed(by: SampleKeys.one(.ecP256))
        let begin = "-----BEGIN CERTIFICATE-----\n"
        let refused = [
            "", "nonsense", begin, key, request, root + key, key + root, root + request, root + begin,
            root.replacing("CERTIFICATE", with: "TRUSTED CERTIFICATE"), root.replacing("CERTIFICATE", with: "X509 CRL"),
            root.replacing(begin, with: begin + "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"),
            root.replacing(begin, with: begin + "Comment: x\n\n"),
            root.replacing("-----END CERTIFICATE-----", with: ""), String(root.prefix(root.count / 2)),
            root.replacing("-----END CERTIFICATE-----", with: "-----END X-----"),
        ]
        for text in refused { #expect(x509.certificates(in: text, limit: 10) == nil, "\(text)") }
        #expect(x509.certificates(in: root + root, limit: 1) == nil)
        // What openssl writes around a block is no part of it.
        let commented = try read("subject=CN = Root\n" + root + "\n the end\n")[0]
        #expect(commented.pem == root)
        #expect(try read(root.replacing("\n", with: "\r\n"))[0].pem == root)
    }

    @Test("damaged certificates are refused or read, and never more than that")
    func fuzz() throws {
        let workshop = try Workshop()
        let root = Array(try workshop.root("Root").utf8)
        let request = try CertificateRequest.sample(.ecP256).signed(by: SampleKeys.one(.ecP256))
        let leaf = try read(try workshop.issue(request, "leaf", by: "Root"))[0]
        let publicKey = try SampleKeys.one(.ecP256).publicKey.der
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-\n ".utf8)
        for _ in 0..<3_000 {
            var damaged = root
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let position = Int.random(in: 0..<damaged.count, using: &generator)
                damaged[position] = alphabet.randomElement(using: &generator) ?? 0
            }
            let text = String(decoding: damaged, as: UTF8.self)
            guard let certificates = x509.certificates(in: text, limit: 3) else { continue }
            for certificate in certificates {
                #expect(!x509.isCertificate(certificate, for: publicKey))
                #expect(x509.certificates(in: certificate.pem, limit: 1) == [certificate])
                if certificate.pem.utf8.elementsEqual(root) { continue }
                _ = x509.areChained([leaf, certificate], at: now)
            }
        }
    }
}
