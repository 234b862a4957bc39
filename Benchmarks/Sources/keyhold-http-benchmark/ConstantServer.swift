import NIOCore
import NIOHTTP1
import NIOPosix

/// What the framework can do at best: the same HTTP codec as Keyhold's, and 300 bytes of JSON for every request,
/// written as ready bytes.
enum ConstantServer {
    static func run() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var limits = NIOHTTPDecoderLimitConfiguration()
                    limits.maxHeaderFieldSize = 256 << 10
                    limits.maxHeaderListSize = 320 << 10
                    let decoder = HTTPRequestDecoder(
                        leftOverBytesStrategy: .dropBytes,
                        limitConfiguration: limits
                    )
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(decoder),
                        ConstantHandler()
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        guard let port = channel.localAddress?.port else { throw BenchmarkFailure("There is no port.") }
        try FileDescriptorOutput.writeLine("127.0.0.1:\(port)")
        try await channel.closeFuture.get()
    }
}

private final class ConstantHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let answer: ByteBuffer

    init() {
        let body = #"{"Value":""# + String(repeating: "x", count: 300 - 12) + #""}"#
        answer = ByteBuffer(
            string: """
                HTTP/1.1 200 OK\r
                Content-Type: application/json;charset=utf-8\r
                Content-Length: \(body.utf8.count)\r
                x-acs-request-id: 00000000-0000-4000-8000-000000000000\r
                Date: Thu, 01 Jan 1970 00:00:00 GMT\r
                \r
                \(body)
                """
        )
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        context.write(wrapOutboundOut(answer), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
