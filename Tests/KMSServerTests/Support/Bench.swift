import FoundationEssentials
import KMSCore
import KMSCrypto
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import KMSServer

/// A responder over edges that keep what they see.
struct Bench {
    let time = FixedTime()
    let audit = RecordedAudit()
    let authenticator: TrustingAuthenticator
    let replay = RememberedNonces()
    let responder: RPCResponder

    init(
        regions: Regions = Regions(default: RegionID("cn-hangzhou")!, served: [RegionID("cn-beijing")!]),
        catalogue: Catalogue = .underTest,
        store: any ServiceStore = NoStore(),
        vault: any KeyVault = NoVault(),
        keeps: Bool = true,
        proxies: TrustedProxies = TrustedProxies()
    ) {
        authenticator = TrustingAuthenticator(keeps: keeps)
        if !keeps { audit.stopKeeping() }
        let service = KeyService(
            store: store,
            vault: vault,
            publicKeys: ParsedPublicKeys(workers: InlineWorkers()),
            importTokens: NoImportTokens(),
            certificates: X509(),
            audit: audit,
            observer: NoObserver(),
            time: time,
            ids: CountingIDs(),
            settings: ServiceSettings(regions: Array(regions.served))
        )
        responder = RPCResponder(
            catalogues: [catalogue],
            service: service,
            authenticator: authenticator,
            replay: replay,
            regions: regions,
            proxies: proxies,
            hostID: "keyhold.test"
        )
    }

    /// A connection without a socket.
    func connection(
        _ limits: ConnectionLimits = ConnectionLimits(),
        listenerRegion: RegionID? = nil,
        executor: (any TaskExecutor)? = nil
    ) throws -> EmbeddedConnection {
        try EmbeddedConnection(responder, limits, listenerRegion: listenerRegion, executor: executor)
    }

    /// The answer to one request on a connection of its own.
    func answer(_ request: String) throws -> HTTPAnswer {
        let connection = try connection()
        try connection.send(request)
        return try #require(try connection.answers().first)
    }

    /// The answer to a GET with this query, the common parameters added.
    func get(_ query: String, host: String = "127.0.0.1:8080") throws -> HTTPAnswer {
        try answer("GET /?\(query)&Version=2016-01-20&AccessKeyId=AK HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }
}

/// The handlers of one connection in an embedded channel.
final class EmbeddedConnection {
    let channel: EmbeddedChannel
    let connections = Connections(maximum: 10)
    private var received = ByteBuffer()

    init(
        _ responder: RPCResponder,
        _ limits: ConnectionLimits,
        listenerRegion: RegionID?,
        executor: (any TaskExecutor)?
    ) throws {
        channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addRPCHandlers(
            RPCHandler(
                responder: responder,
                connections: connections,
                limits: limits,
                listenerRegion: listenerRegion,
                isSecure: false,
                executor: executor ?? EventLoopTaskExecutor(channel.eventLoop)
            )
        )
        channel.connect(to: try SocketAddress(ipAddress: "192.0.2.7", port: 40_000), promise: nil)
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    /// What a client does that shuts down its side.
    func endInput() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        channel.embeddedEventLoop.run()
    }

    /// All answers since the last call. Bytes that are no complete answer are an error.
    func answers(toHead: Bool = false) throws -> [HTTPAnswer] {
        while let part = try channel.readOutbound(as: ByteBuffer.self) { received.writeImmutableBuffer(part) }
        var answers: [HTTPAnswer] = []
        while let answer = try HTTPAnswer(reading: &received, toHead: toHead) { answers.append(answer) }
        try #require(received.readableBytes == 0, "an answer is incomplete")
        return answers
    }

    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }
}

/// An HTTP response, taken apart by rules of its own.
struct HTTPAnswer {
    let status: Int
    /// In the order in which they came, names in lower case.
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var closes: Bool { header("connection") == "close" }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    func json() throws -> JSON { try JSONDecoder().decode(JSON.self, from: Data(body)) }

    /// The next whole response in `buffer`, or nil where there is none yet.
    init?(reading buffer: inout ByteBuffer, toHead: Bool = false) throws {
        let bytes = Array(buffer.readableBytesView)
        guard let headLength = Self.headLength(bytes) else { return nil }
        let lines = String(decoding: bytes[..<(headLength - 4)], as: UTF8.self).split(separator: "\r\n")
        let start = try #require(lines.first).split(separator: " ", maxSplits: 2)
        try #require(start.count == 3 && start[0] == "HTTP/1.1")
        status = try #require(Int(start[1]))
        headers = try lines.dropFirst().map { line in
            let colon = try #require(line.firstIndex(of: ":"))
            return (line[..<colon].lowercased(), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        var length = 0
        if status != 100 {
            let lengths = headers.filter { $0.name == "content-length" }
            try #require(lengths.count == 1)
            length = toHead ? 0 : try #require(Int(lengths[0].value))
        }
        guard bytes.count >= headLength + length else { return nil }
        buffer.moveReaderIndex(forwardBy: headLength)
        body = buffer.readBytes(length: length) ?? []
    }

    private static func headLength(_ bytes: [UInt8]) -> Int? {
        bytes.indices.dropFirst(3).first {
            bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0D && bytes[$0 - 2] == 0x0A && bytes[$0 - 3] == 0x0D
        }.map { $0 + 1 }
    }
}

/// Any JSON value.
enum JSON: Decodable, Equatable {
    case text(String)
    case number(Int)
    case boolean(Bool)
    case object([String: JSON])
    case array([JSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    subscript(_ name: String) -> JSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var string: String? { if case .text(let value) = self { value } else { nil } }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
