internal import KMSCore
internal import NIOCore
internal import NIOHTTP1

/// One connection: reads requests off the HTTP codec, has them answered one after the other, writes the answers.
///
/// While a request is being answered nothing more is read; requests that came in the same read wait in order. A
/// connection on which something unreadable came gets its answers, then one complete error, and is closed.
final class RPCHandler: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the connection has to answer next.
    private enum Pending {
        case request(IncomingRequest, keepAlive: Bool)
        case unreadable(KMSError)
    }

    let limits: ConnectionLimits
    private let responder: RPCResponder
    private let connections: Connections
    private let listenerRegion: RegionID?
    private let isSecure: Bool
    private let executor: any TaskExecutor

    private var context: ChannelHandlerContext?
    private var peer: Peer
    private var date = DateHeader()

    private var head: HTTPRequestHead?
    private var body: ByteBuffer?
    private var pending = CircularBuffer<Pending>(initialCapacity: 1)
    private var running: Task<Void, Never>?
    private var isAnswering = false
    private var isPumping = false
    /// Nothing that still arrives is a request.
    private var isInputOver = false
    private var hasSeenEnd = false
    private var isDraining = false
    private var isClosing = false
    private var isLastAnswerWritten = false

    private var isReading = false
    private var needsFlush = false
    private var isReadHeld = false

    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?
    private var timerFires = NIODeadline.distantFuture

    init(
        responder: RPCResponder,
        connections: Connections,
        limits: ConnectionLimits,
        listenerRegion: RegionID?,
        isSecure: Bool,
        executor: any TaskExecutor
    ) {
        self.responder = responder
        self.connections = connections
        self.limits = limits
        self.listenerRegion = listenerRegion
        self.isSecure = isSecure
        self.executor = executor
        peer = Peer(source: "unknown", listenerRegion: listenerRegion, isSecure: isSecure)
    }

    // MARK: The connection's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        peer = Peer(
            source: context.remoteAddress?.ipAddress ?? "local",
            listenerRegion: listenerRegion,
            isSecure: isSecure
        )
        connections.add(context.channel)
        expect(within: limits.requestSeconds)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(context)
        self.context = nil
    }

    private func end(_ context: ChannelHandlerContext) {
        isInputOver = true
        isClosing = true
        pending.removeAll()
        running?.cancel()
        timer?.cancel()
        connections.remove(context.channel)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is Connections.Drain:
            isDraining = true
            if isIdle { close(context) }
        case ChannelEvent.inputClosed:
            // A half-closed connection still gets the answers to what it sent whole.
            hasSeenEnd = true
            isInputOver = true
            if isIdle || isLastAnswerWritten { context.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as HTTPParserError: refuseInput(.unreadable(error, limits))
        // What comes after bytes that were no HTTP.
        case is ByteToMessageDecoderError: break
        default: context.close(promise: nil)
        }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        guard !isInputOver else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let part):
            guard (body?.readableBytes ?? 0) + part.readableBytes <= limits.bodyBytes else {
                return refuseInput(.requestTooLarge("The body may have \(limits.bodyBytes) bytes at most."))
            }
            if body == nil { body = part } else { body?.writeImmutableBuffer(part) }
        case .end: finishRequest()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flushIfNeeded()
        if head != nil, deadline == .distantFuture { expect(within: limits.requestSeconds) }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if isAnswering || !pending.isEmpty { isReadHeld = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pump()
        context.fireChannelWritabilityChanged()
    }

    private func begin(_ head: HTTPRequestHead) {
        guard head.uri.utf8.count <= limits.targetBytes else {
            return refuseInput(.requestTooLarge("The request target may have \(limits.targetBytes) bytes at most."))
        }
        let headerBytes = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard headerBytes <= limits.headerBytes else {
            return refuseInput(.requestTooLarge("The headers may have \(limits.headerBytes) bytes at most."))
        }
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > limits.bodyBytes {
            return refuseInput(.requestTooLarge("The body may have \(limits.bodyBytes) bytes at most."))
        }
        if head.headers.first(name: "expect")?.lowercased() == "100-continue", head.version == .http1_1, !isAnswering,
            pending.isEmpty
        {
            write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
            needsFlush = true
        }
        deadline = .distantFuture
        self.head = head
        body = nil
    }

    private func finishRequest() {
        guard let head = head.take() else { return }
        deadline = .distantFuture
        // The codec stops after CONNECT, HEAD's answer has no body, and a request to upgrade may be followed by
        // anything: such connections end with their answer.
        let keepAlive =
            head.isKeepAlive && head.method != .CONNECT && head.method != .HEAD
            && !head.headers.contains(name: "upgrade")
        let request = IncomingRequest(
            method: head.method,
            target: head.uri,
            version: head.version,
            headers: head.headers,
            body: body.take()
        )
        if !keepAlive { isInputOver = true }
        pending.append(.request(request, keepAlive: keepAlive))
        pump()
    }

    /// Answers the error when its turn comes, and takes no more requests.
    private func refuseInput(_ error: KMSError) {
        guard !isInputOver else { return }
        isInputOver = true
        head = nil
        body = nil
        pending.append(.unreadable(error))
        pump()
    }

    // MARK: Answers

    private var isIdle: Bool { !isAnswering && pending.isEmpty && head == nil && !isClosing }

    private func pump() {
        guard !isPumping, let context else { return }
        isPumping = true
        while !isAnswering, !isClosing, context.channel.isWritable, let next = pending.popFirst() {
            switch next {
            case .request(let request, let keepAlive): start(request, keepAlive: keepAlive, context)
            case .unreadable(let error):
                send(responder.refuse(error, from: peer), closes: true, isRefusal: true)
            }
        }
        isPumping = false
        if isReadHeld, !isAnswering, pending.isEmpty {
            isReadHeld = false
            context.read()
        }
    }

    /// Starts the request's task: the one unstructured task of the program. It runs on this event loop until it
    /// first suspends, is counted by the connection's drain, and is cancelled when the connection closes.
    private func start(_ request: IncomingRequest, keepAlive: Bool, _ context: ChannelHandlerContext) {
        isAnswering = true
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let (responder, peer) = (responder, peer)
        let task = Task.immediate(executorPreference: executor) {
            let answer = await responder.respond(to: request, from: peer)
            handler.value.finish(request, answer, keepAlive: keepAlive)
        }
        if isAnswering { running = task }
    }

    private func finish(_ request: IncomingRequest, _ answer: Answer, keepAlive: Bool) {
        isAnswering = false
        running = nil
        guard !isClosing else { return }
        let closes = !keepAlive || (isDraining && pending.isEmpty) || (hasSeenEnd && pending.isEmpty)
        send(
            answer,
            closes: closes,
            saysKeepAlive: request.version == .http1_0,
            omitsBody: request.method == .HEAD
        )
        pump()
    }

    private func send(
        _ answer: Answer,
        closes: Bool,
        isRefusal: Bool = false,
        saysKeepAlive: Bool = false,
        omitsBody: Bool = false
    ) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: answer.body.readableBytes + 320)
        answer.write(
            to: &buffer,
            Answer.Framing(
                date: date.text(at: responder.now),
                closes: closes,
                saysKeepAlive: saysKeepAlive,
                omitsBody: omitsBody
            )
        )
        if closes {
            closeAfter(buffer, lingers: isRefusal && !hasSeenEnd, context)
        } else {
            write(buffer)
            expect(within: limits.idleSeconds)
        }
    }

    private func write(_ buffer: ByteBuffer) {
        context?.write(wrapOutboundOut(buffer), promise: nil)
        needsFlush = true
        if !isReading { flushIfNeeded() }
    }

    private func flushIfNeeded() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    // MARK: Closing

    /// Writes the last answer and closes.
    ///
    /// Where the client may still be sending, only our side is closed at first and what comes is read and dropped:
    /// closing with unread input would reset the connection, and the client would lose the answer.
    private func closeAfter(_ buffer: ByteBuffer, lingers: Bool, _ context: ChannelHandlerContext) {
        isClosing = true
        isInputOver = true
        expect(within: limits.requestSeconds)
        let promise = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        promise.futureResult.whenComplete { _ in
            let (handler, context) = bound.value
            handler.lastAnswerWritten(context, lingers: lingers)
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
        if lingers { context.read() }
    }

    private func lastAnswerWritten(_ context: ChannelHandlerContext, lingers: Bool) {
        isLastAnswerWritten = true
        guard lingers, !hasSeenEnd else { return context.close(promise: nil) }
        expect(within: limits.lingerSeconds)
        context.close(mode: .output, promise: nil)
    }

    private func close(_ context: ChannelHandlerContext) {
        isClosing = true
        isInputOver = true
        context.close(promise: nil)
    }

    // MARK: Time limits

    /// Sets the moment until which the next thing must have happened.
    private func expect(within seconds: Int64) {
        guard let context else { return }
        deadline = context.eventLoop.now + .seconds(seconds)
        // The timer is left alone where it fires early enough: a warm request sets none.
        if timer == nil || deadline < timerFires { startTimer(at: deadline) }
    }

    private func startTimer(at moment: NIODeadline) {
        guard let context else { return }
        timer?.cancel()
        timerFires = moment
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: moment) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        guard let context, context.channel.isActive else { return }
        let now = context.eventLoop.now
        guard now >= deadline else {
            return startTimer(at: min(deadline, now + .seconds(limits.idleSeconds)))
        }
        if head != nil, !isInputOver {
            refuseInput(.unreadableRequest("The request did not arrive whole within \(limits.requestSeconds) seconds."))
        } else {
            close(context)
        }
    }
}

extension KMSError {
    /// What the codec could not read, as an answer.
    fileprivate static func unreadable(_ error: HTTPParserError, _ limits: ConnectionLimits) -> KMSError {
        switch error {
        case .headerOverflow:
            .requestTooLarge(
                "The target may have \(limits.targetBytes) bytes, all headers together \(limits.headerBytes) and 256 fields."
            )
        case .invalidEOFState: .unreadableRequest("The request ends before it is complete.")
        case .invalidVersion: .unreadableRequest("Use HTTP/1.1.")
        case .invalidMethod: .unreadableRequest("This is no HTTP request; on a TLS port, use https.")
        case .invalidChunkSize: .unreadableRequest("The size of a chunk is not valid.")
        case .unexpectedContentLength, .invalidContentLength:
            .unreadableRequest("Content-Length is not valid, or stands beside Transfer-Encoding.")
        default: .unreadableRequest("This is not valid HTTP/1.1.")
        }
    }
}
