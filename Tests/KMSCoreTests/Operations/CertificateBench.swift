import FoundationEssentials
import KMSCore
import KMSTestKit
import Testing

let subject = "CN=www.example.com,OU=IT,O=Example,C=CN"
let certifiedSpecs: [KeySpec] = [.rsa2048, .ecP256, .ecSM2]

extension Bench {
    /// A pending certificate: its id and its request.
    func makeCertificate(
        _ spec: KeySpec = .ecP256,
        _ parameters: KeyValuePairs<String, String> = [:],
        in namespace: Namespace = .example()
    ) async throws -> (id: String, request: String) {
        let more = parameters.map { (key: $0.key, value: $0.value) }
        let answer = try await call(
            "CreateCertificate",
            [("Subject", subject), ("KeySpec", spec.rawValue)] + more,
            in: namespace
        )
        return (try #require(answer["CertificateId"]?.text), try #require(answer["Csr"]?.text))
    }

    /// A certificate that was issued by a throw-away authority, brought into a status.
    func makeCertificate(_ spec: KeySpec = .ecP256, in status: CertificateStatus) async throws -> String {
        let (id, request) = try await makeCertificate(spec)
        guard status != .pending else { return id }
        let workshop = try Workshop(isSM2: spec == .ecSM2)
        let root = try workshop.root("Root")
        let issued = try workshop.issue(request, "leaf", by: "Root")
        setClockToToday()
        try await call(
            "UploadCertificate",
            ["CertificateId": id, "Certificate": issued, "CertificateChain": root]
        )
        if status != .active {
            try await call("UpdateCertificateStatus", ["CertificateId": id, "Status": status.rawValue])
        }
        return id
    }

    /// A minute past the present, when what a test has issued is valid.
    func setClockToToday() { clock.set(Timestamp(seconds: Int64(Date().timeIntervalSince1970) + 60)) }

    func describe(_ certificate: String) async throws -> Field {
        try await call("DescribeCertificate", ["CertificateId": certificate])
    }

    func stored(_ certificate: String) async throws -> Certificate? {
        let id = CertificateID(try #require(UUIDBytes(text: certificate.utf8)))
        return try await store.certificate(id, in: .example())
    }
}
