internal import Glibc
internal import KMSCore
internal import KMSCrypto
internal import KMSServer
internal import SystemPackage

/// TLS where nobody gave a certificate: a local authority, kept in the data folder, that issues one.
///
/// Clients trust `tls/ca.pem`. The authority is made anew when the list of host names changes, since it may vouch for
/// no other; the server's certificate when it has less than a month left.
struct LocalTLS {
    let folder: FilePath

    /// Where the authority's certificate lies, for clients.
    var authorityCertificate: FilePath { folder.appending("ca.pem") }

    /// A certificate for this machine's own names and the given ones.
    func certificate(for extra: [String]) throws -> RPCListener.TLS {
        let names = try (["localhost", "127.0.0.1", "::1"] + extra).map { text throws(StartupError) in
            guard let name = HostName(text) else {
                throw StartupError("tls.hosts: \(text) is no host name or address.")
            }
            return name
        }
        try PrivateFile.makeFolder(folder)
        let list = Array(names.map(\.text).joined(separator: "\n").utf8)
        let authority = try authority(for: names, isCurrent: PrivateFile.read(folder.appending("names")) == list)
        try PrivateFile.write(list, to: folder.appending("names"))
        if let certificate = try PrivateFile.read(folder.appending("server.pem")),
            let key = try PrivateFile.read(folder.appending("server-key.pem")), authority.isOld,
            let days = LocalAuthority.daysLeft(of: certificate), days >= 30
        {
            return RPCListener.TLS(
                certificateChain: certificate,
                privateKey: SecretBox(SecretBytes(copying: key))
            )
        }
        let issued = try authority.authority.issue(for: names)
        let key = issued.privateKey.withBytes { $0.withUnsafeBytes { Array($0) } }
        try PrivateFile.write(key, to: folder.appending("server-key.pem"))
        try PrivateFile.write(issued.certificate, to: folder.appending("server.pem"))
        return RPCListener.TLS(certificateChain: issued.certificate, privateKey: issued.privateKey)
    }

    private func authority(
        for names: [HostName],
        isCurrent: Bool
    ) throws -> (authority: LocalAuthority, isOld: Bool) {
        let keyFile = folder.appending("ca-key.pem")
        if isCurrent, let certificate = try PrivateFile.read(authorityCertificate),
            let key = try PrivateFile.read(keyFile),
            let days = LocalAuthority.daysLeft(of: certificate), days >= 400
        {
            return (LocalAuthority(certificate: certificate, privateKey: SecretBox(SecretBytes(copying: key))), true)
        }
        let authority = try LocalAuthority.make(for: names)
        let key = authority.privateKey.withBytes { $0.withUnsafeBytes { Array($0) } }
        try PrivateFile.write(key, to: keyFile)
        try PrivateFile.write(
            authority.certificate,
            to: authorityCertificate,
            permissions: FilePermissions(rawValue: 0o644)
        )
        return (authority, false)
    }
}
