/// What one connection, and all of them together, may take up.
package struct ConnectionLimits: Sendable {
    /// Bytes of a request target, and likewise of a body. Clients send a whole EncryptionContext in the target.
    package var targetBytes = 256 * 1_024
    package var bodyBytes = 256 * 1_024
    /// Bytes of all other header fields together, names and values.
    package var headerBytes = 32 * 1_024
    /// Connections that are open at a time; further ones wait in the system's queue.
    package var connections = 10_000
    /// Seconds for a request to arrive whole, counted from the connection's opening or the request's head.
    package var requestSeconds: Int64 = 30
    /// Seconds that an open connection may wait for its next request.
    package var idleSeconds: Int64 = 75
    /// Seconds that what a refused client still sends is read, so that the answer reaches it.
    package var lingerSeconds: Int64 = 2
    /// Seconds that requests under way may take to finish when the server stops.
    package var drainSeconds: Int64 = 20

    package init() {}
}
