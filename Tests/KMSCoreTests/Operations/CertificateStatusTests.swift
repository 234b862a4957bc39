import KMSCore
import KMSTestKit
import Testing

@Suite("Certificate statuses and operations", .enabled(if: OpenSSLProgram.installed != nil))
struct CertificateStatusTests {
    struct Row: Sendable, CustomStringConvertible {
        let name: String
        let parameters: [(key: String, value: String)]
        /// What PENDING, ACTIVE, INACTIVE and REVOKED answer; nil for success.
        let codes: [String?]
        var description: String { "\(name) \(parameters.map(\.value))" }
    }

    static let unusable: String? = "Rejected.UnsupportedOperation"
    static let notModified: String? = "Rejected.StateModifiedFailed"
    static let everywhere: [String?] = [nil, nil, nil, nil]
    private static let message: [(key: String, value: String)] = [
        ("Algorithm", "RSA_PSS_SHA_256"), ("Message", "aGk="),
    ]

    static let withCertificate = [
        Row(name: "GetCertificate", parameters: [], codes: everywhere),
        Row(name: "DescribeCertificate", parameters: [], codes: everywhere),
        Row(name: "TagResource", parameters: [("Tags", #"[{"TagKey":"a"}]"#)], codes: everywhere),
        Row(name: "UntagResource", parameters: [("TagKeys", #"["a"]"#)], codes: everywhere),
        Row(name: "CertificatePrivateKeySign", parameters: message, codes: [unusable, nil, unusable, unusable]),
        Row(
            name: "CertificatePublicKeyVerify",
            parameters: message + [("SignatureValue", "aGk=")],
            codes: [unusable, nil, nil, nil]
        ),
        Row(
            name: "CertificatePublicKeyEncrypt",
            parameters: [("Algorithm", "RSAES_OAEP_SHA_256"), ("Plaintext", "aGk=")],
            codes: [unusable, nil, unusable, unusable]
        ),
        // There is no good ciphertext for a key of whose certificate nothing is known: a bad one shows who looks at it.
        Row(
            name: "CertificatePrivateKeyDecrypt",
            parameters: [("Algorithm", "RSAES_OAEP_SHA_256"), ("CiphertextBlob", "aGk=")],
            codes: [unusable, "InvalidParameter", unusable, unusable]
        ),
        Row(
            name: "UpdateCertificateStatus",
            parameters: [("Status", "ACTIVE")],
            codes: [notModified, nil, nil, notModified]
        ),
        Row(
            name: "UpdateCertificateStatus",
            parameters: [("Status", "DISABLED")],
            codes: [notModified, nil, nil, notModified]
        ),
        Row(
            name: "UpdateCertificateStatus",
            parameters: [("Status", "REVOKED")],
            codes: [notModified, nil, nil, nil]
        ),
        Row(name: "DeleteCertificate", parameters: [], codes: everywhere),
    ]

    static let operations =
        Set(withCertificate.map(\.name)).subtracting(["TagResource", "UntagResource"])
        .union(["CreateCertificate", "UploadCertificate"])

    static func parameters(of row: Row, for certificate: String) -> [(key: String, value: String)] {
        [("CertificateId", certificate)] + row.parameters
    }

    @Test("every cell answers as the table says", arguments: CertificateStatus.allCases)
    func cells(_ status: CertificateStatus) async throws {
        let column = try #require(CertificateStatus.allCases.firstIndex(of: status))
        let bench = try Bench()
        let id = try await bench.makeCertificate(.rsa2048, in: status)
        let before = try #require(try await bench.stored(id))
        for row in Self.withCertificate {
            let code = await bench.code(row.name, Self.parameters(of: row, for: id))
            #expect(code == row.codes[column], "\(row) in \(status.rawValue)")
            // Back to where the row found it, past the rules.
            guard row.name != "DeleteCertificate", let now = try await bench.stored(id) else { continue }
            let steps: [CertificateStep] = [
                .update(from: now, to: now.changed(at: now.updatedAt) { $0.status = status })
            ]
            if now.status != status { try await bench.store.apply(Change(steps.map { .certificate($0) })) }
        }
        #expect(try await bench.stored(before.id.description) == nil)
    }

    @Test("a certificate is uploaded while it is PENDING or ACTIVE", arguments: CertificateStatus.allCases)
    func uploads(_ status: CertificateStatus) async throws {
        let bench = try Bench()
        let id = try await bench.makeCertificate(.ecP256, in: status)
        let request = try #require(try await bench.call("GetCertificate", ["CertificateId": id])["Csr"]?.text)
        let workshop = try Workshop()
        _ = try workshop.root("Root")
        let issued = try workshop.issue(request, "leaf", by: "Root")
        bench.setClockToToday()
        let code = await bench.code("UploadCertificate", ["CertificateId": id, "Certificate": issued])
        #expect(code == (status == .pending || status == .active ? nil : Self.notModified))
        let after = try #require(try await bench.stored(id))
        #expect(after.status == (status == .pending ? .active : status))
        #expect((after.issued == issued) == (code == nil))
    }

    @Test("the words of 2021 mean INACTIVE", arguments: ["INACTIVE", "DISABLE", "DISABLED"])
    func synonyms(_ word: String) async throws {
        let bench = try Bench()
        let id = try await bench.makeCertificate(in: .active)
        try await bench.call("UpdateCertificateStatus", ["CertificateId": id, "Status": word])
        #expect(try await bench.describe(id)["Status"] == .text("INACTIVE"))
    }
}
