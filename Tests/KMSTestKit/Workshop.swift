package import KMSCore
internal import Testing

/// Throw-away authorities by the `openssl` program, in a folder of their own.
package struct Workshop {
    private let folder: ScratchFolder
    private let program: OpenSSLProgram
    /// What SM2 needs said wherever a signature is made or checked.
    private let signing: [String]
    private let verifying: [String]
    private let newKey: [String]

    /// - Parameter isSM2: whether authorities sign with SM2 and SM3; else with P-256 and SHA-256.
    package init(isSM2: Bool = false) throws {
        folder = try ScratchFolder()
        program = try #require(OpenSSLProgram.installed)
        let signer = "distid:1234567812345678"
        signing = isSM2 ? ["-sm3", "-sigopt", signer] : ["-sha256"]
        verifying = isSM2 ? ["-vfyopt", signer] : []
        newKey =
            ["genpkey", "-algorithm", isSM2 ? "SM2" : "EC"] + (isSM2 ? [] : ["-pkeyopt", "ec_paramgen_curve:P-256"])
    }

    @discardableResult
    package func run(_ arguments: [String]) throws -> String {
        let (output, isSuccess) = try program.run(arguments)
        let said = String(decoding: output, as: UTF8.self)
        try #require(isSuccess, "openssl \(arguments.joined(separator: " ")): \(said)")
        return said
    }

    package func path(_ name: String) -> String { folder.path(name) }
    package func write(_ text: String, to name: String) throws -> String { try folder.file(name, Array(text.utf8)) }

    /// A self-signed authority, its files called `name`; its certificate as PEM.
    package func root(_ name: String, subject: String? = nil) throws -> String {
        try run(newKey + ["-out", path("\(name).key")])
        try run(
            ["req", "-x509", "-new", "-key", path("\(name).key"), "-subj", "/CN=\(subject ?? name)", "-days", "30"]
                + signing + ["-out", path("\(name).pem")]
        )
        return try folder.text(of: "\(name).pem")
    }

    /// An intermediate authority, or with `isAuthority` false a certificate that only claims to be one.
    package func intermediate(_ name: String, by issuer: String, subject: String? = nil, isAuthority: Bool = true)
        throws
        -> String
    {
        try run(newKey + ["-out", path("\(name).key")])
        try run(
            ["req", "-new", "-key", path("\(name).key"), "-subj", "/CN=\(subject ?? name)"] + signing
                + ["-out", path("\(name).csr")]
        )
        let request = try folder.text(of: "\(name).csr")
        return try issue(request, name, by: issuer, "basicConstraints=critical,CA:\(isAuthority ? "TRUE" : "FALSE")")
    }

    /// Issues a certificate of 10 days for a request, with the names that it asks for.
    package func issue(_ request: String, _ name: String, by issuer: String, _ extensions: String = "") throws -> String
    {
        let file = try write(request, to: "\(name).csr")
        let more = try write("subjectKeyIdentifier=hash\n\(extensions)\n", to: "\(name).ext")
        try run(
            ["x509", "-req", "-in", file, "-CA", path("\(issuer).pem"), "-CAkey", path("\(issuer).key"), "-days", "10"]
                + signing + verifying + ["-set_serial", "0x0102ff", "-copy_extensions", "copy", "-extfile", more]
                + ["-out", path("\(name).pem")]
        )
        return try folder.text(of: "\(name).pem")
    }

    /// What `openssl req -verify` says of a request that it finds well signed.
    package func verify(_ request: String, of spec: KeySpec) throws -> String {
        let options = spec == .ecSM2 ? ["-vfyopt", "distid:1234567812345678"] : []
        let file = try write(request, to: "verified.csr")
        let said = try run(
            ["req", "-in", file, "-verify", "-noout", "-subject", "-text", "-nameopt", "RFC2253,utf8,-esc_msb"]
                + options
        )
        try #require(said.contains("verify OK"), "\(said)")
        return said
    }

    /// Whether `openssl verify` takes a chain.
    package func takes(_ leaf: String, under chain: [String], trusting root: String) throws -> Bool {
        var arguments = ["verify"] + verifying + ["-CAfile", try write(root, to: "trusted.pem")]
        if !chain.isEmpty { arguments += ["-untrusted", try write(chain.joined(), to: "between.pem")] }
        return try program.run(arguments + [try write(leaf, to: "verified.pem")]).isSuccess
    }
}
