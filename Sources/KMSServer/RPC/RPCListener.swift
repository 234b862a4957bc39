package import KMSCore
package import NIOCore
internal import NIOSSL

/// Where a server is to listen, and how.
package struct RPCListener: Sendable {
    /// A certificate chain and its private key, both in PEM.
    package struct TLS: Sendable {
        package let certificateChain: [UInt8]
        package let privateKey: SecretBox

        package init(certificateChain: [UInt8], privateKey: SecretBox) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
        }
    }

    package let host: String
    /// Zero lets the system choose.
    package let port: Int
    /// Nil for plain HTTP.
    package let tls: TLS?
    /// The region that this port stands for, where it stands for one.
    package let region: RegionID?

    package init(host: String, port: Int, tls: TLS? = nil, region: RegionID? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
        self.region = region
    }

    /// TLS 1.2 or later, HTTP/1.1 alone; nil for plain HTTP.
    func makeTLSContext() throws -> NIOSSLContext? {
        guard let tls else { return nil }
        let key = try tls.privateKey.withBytes { bytes in
            try bytes.withUnsafeBytes { try NIOSSLPrivateKey(bytes: Array($0), format: .pem) }
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(tls.certificateChain).map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}

/// A listener and the address that it got.
package struct BoundListener: Sendable {
    package let listener: RPCListener
    package let address: SocketAddress

    package init(listener: RPCListener, address: SocketAddress) {
        self.listener = listener
        self.address = address
    }
}
