internal import KMSCore
internal import NIOCore
internal import NIOHTTP1

/// What is sent back for one request.
struct Answer: Sendable {
    let status: Int
    let format: AnswerFormat
    let requestID: UUIDBytes
    /// Milliseconds after which a throttled caller may try again.
    let retryAfter: Int?
    let body: ByteBuffer

    /// What the connection adds to an answer.
    struct Framing {
        /// An IMF-fixdate (RFC 9110 section 5.6.7).
        let date: String
        let closes: Bool
        /// An HTTP/1.0 client must be told that the connection stays open.
        let saysKeepAlive: Bool
        /// The answer to HEAD has the length of a body, but none.
        let omitsBody: Bool
    }

    /// Writes the whole HTTP response.
    func write(to buffer: inout ByteBuffer, _ framing: Framing) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status))
        buffer.writeStaticString(" ")
        buffer.writeString(HTTPResponseStatus(statusCode: status).reasonPhrase)
        buffer.writeStaticString("\r\nContent-Type: ")
        buffer.writeStaticString(format.contentType)
        buffer.writeStaticString("\r\nContent-Length: ")
        buffer.writeString(String(body.readableBytes))
        buffer.writeStaticString("\r\nx-acs-request-id: ")
        requestID.text.span.withUnsafeBufferPointer { _ = buffer.writeBytes($0) }
        if let retryAfter {
            buffer.writeStaticString("\r\nx-acs-retry-after: ")
            buffer.writeString(String(retryAfter))
        }
        buffer.writeStaticString("\r\nDate: ")
        buffer.writeString(framing.date)
        if framing.closes {
            buffer.writeStaticString("\r\nConnection: close")
        } else if framing.saysKeepAlive {
            buffer.writeStaticString("\r\nConnection: keep-alive")
        }
        buffer.writeStaticString("\r\n\r\n")
        if !framing.omitsBody { buffer.writeImmutableBuffer(body) }
    }
}
