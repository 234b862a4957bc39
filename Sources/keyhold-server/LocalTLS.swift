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
    ///
    /// A certificate is removed before its key is replaced and written after it, so that a crash never leaves a pair
    /// that does not belong together; the list of names, which says what the pair is for, comes last.
    func certificate(for extra: [String]) throws -> RPCListener.TLS {
        let names = try (["localhost", "127.0.0.1", "::1"] + extra).map { text throws(StartupError) in
            guard let name = HostName(text) else {
                throw StartupError("tls.hosts: \(text) is no host name or address.")
            }
            return name
        }
        try PrivateFile.makeFolder(folder)
        let list = Array(names.map(\.text).joined(separator: "\n").utf8)
        let isCurrent = try PrivateFile.read(folder.appending("names")) == list
        if isCurrent, let kept = try kept("server", daysLeft: 30) { return kept }
        let authority = try authority(for: names, isCurrent: isCurrent)
        let issued = try authority.issue(for: names)
        try keep(issued.certificate, issued.privateKey, as: "server")
        try PrivateFile.write(list, to: folder.appending("names"))
        return RPCListener.TLS(certificateChain: issued.certificate, privateKey: issued.privateKey)
    }

    private func authority(for names: [HostName], isCurrent: Bool) throws -> LocalAuthority {
        if isCurrent, let kept = try kept("ca", daysLeft: 400) {
            return LocalAuthority(certificate: kept.certificateChain, privateKey: kept.privateKey)
        }
        let authority = try LocalAuthority.make(for: names)
        try keep(authority.certificate, authority.privateKey, as: "ca")
        return authority
    }

    /// The certificate and key of that name, where both are there and the certificate is valid for long enough.
    private func kept(_ name: String, daysLeft: Int) throws -> RPCListener.TLS? {
        guard let certificate = try PrivateFile.read(folder.appending("\(name).pem")),
            let key = try PrivateFile.read(folder.appending("\(name)-key.pem")),
            let days = LocalAuthority.daysLeft(of: certificate), days >= daysLeft
        else { return nil }
        return RPCListener.TLS(certificateChain: certificate, privateKey: SecretBox(SecretBytes(copying: key)))
    }

    private func keep(_ certificate: [UInt8], _ key: SecretBox, as name: String) throws {
        let path = folder.appending("\(name).pem")
        try PrivateFile.remove(path)
        let text = key.withBytes { $0.withUnsafeBytes { Array($0) } }
        try PrivateFile.write(text, to: folder.appending("\(name)-key.pem"))
        try PrivateFile.write(certificate, to: path)
    }
}
