import NIOCore

/// One keep-alive connection: sends a request, waits for its answer, sends the next.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let load: Load
    private var received = ByteBuffer()
    private var sentAt = NIODeadline.now()
    private var isFinished = false
    private var failure: String?

    init(_ load: Load) { self.load = load }

    func channelActive(context: ChannelHandlerContext) { sendNext(context) }

    private func sendNext(_ context: ChannelHandlerContext) {
        guard let request = load.nextRequest() else {
            isFinished = true
            context.close(promise: nil)
            return
        }
        sentAt = .now()
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        if received.readableBytes == 0 { received = part } else { received.writeBuffer(&part) }
        guard let answer = AnswerFrame(received.readableBytesView) else {
            if received.readableBytes > 1 << 20 { context.close(promise: nil) }
            return
        }
        let body = received.readableBytesView.dropFirst(answer.headBytes).prefix(answer.bodyBytes)
        load.answered(after: .now() - sentAt, status: answer.status, body: body)
        received.clear()
        sendNext(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = "\(error)"
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        load.connectionEnded(because: isFinished ? nil : failure ?? "The server closed the connection.")
    }
}

/// Where an answer ends, if all of it has come. Answers without a Content-Length are never whole.
struct AnswerFrame {
    let status: Int
    let headBytes: Int
    let bodyBytes: Int

    init?(_ bytes: ByteBufferView) {
        let frame = bytes.withContiguousStorageIfAvailable { Self.measure($0) } ?? nil
        guard let frame, frame.headBytes + frame.bodyBytes <= bytes.count else { return nil }
        self = frame
    }

    private init(status: Int, headBytes: Int, bodyBytes: Int) {
        self.status = status
        self.headBytes = headBytes
        self.bodyBytes = bodyBytes
    }

    private static func measure(_ bytes: UnsafeBufferPointer<UInt8>) -> AnswerFrame? {
        var status = 0
        var length: Int?
        var line = 0
        while line < bytes.count {
            guard let end = bytes[line...].firstIndex(of: 0x0A) else { return nil }
            if end - line <= 1 {
                return length.map { AnswerFrame(status: status, headBytes: end + 1, bodyBytes: $0) }
            }
            if line == 0 {
                status = number(in: bytes[min(9, end)..<min(12, end)])
            } else if bytes[line] | 0x20 == UInt8(ascii: "c"), hasPrefix("content-length:", bytes[line..<end]) {
                length = number(in: bytes[(line + 15)..<end])
            }
            line = end + 1
        }
        return nil
    }

    private static func hasPrefix(_ name: StaticString, _ line: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard line.count > name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { zip($0, line).allSatisfy { $0 == $1 | 0x20 } }
    }

    /// The number of the digits among these bytes.
    private static func number(in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        bytes.reduce(0) { (0x30...0x39).contains($1) ? $0 &* 10 &+ Int($1 - 0x30) : $0 }
    }
}
