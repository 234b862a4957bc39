internal import KMSCore
internal import NIOCore
internal import NIOHTTP1

/// One complete HTTP request, as the codec has read it.
struct IncomingRequest: Sendable {
    let method: HTTPMethod
    /// The request target, undecoded.
    let target: String
    let version: HTTPVersion
    let headers: HTTPHeaders
    /// Nil where the request has no body.
    let body: ByteBuffer?
}

/// The other end of a connection, and which of our ends it reached.
struct Peer: Sendable {
    /// The peer's address, without its port.
    let source: String
    /// The region that the listener's port stands for, where it stands for one.
    let listenerRegion: RegionID?
    /// Whether the listener speaks TLS.
    let isSecure: Bool
}
