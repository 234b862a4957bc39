internal import NIOCore
internal import Synchronization

/// The open connections of a server: counts them, and sees them off when it stops.
final class Connections: Sendable {
    /// Tells a connection to close as soon as it has answered what is under way.
    struct Drain: Sendable {}

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isDraining = false
        var whenEmpty: EventLoopPromise<Void>?
        var whenBelowMaximum: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let maximum: Int

    init(maximum: Int) { self.maximum = maximum }

    var count: Int { state.withLock { $0.channels.count } }

    func add(_ channel: any Channel) {
        let isDraining = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = channel
            return state.isDraining
        }
        if isDraining { channel.pipeline.fireUserInboundEventTriggered(Drain()) }
    }

    func remove(_ channel: any Channel) {
        let (promise, resumed) = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = nil
            let promise = state.channels.isEmpty ? state.whenEmpty.take() : nil
            let resumed = state.channels.count < maximum ? state.whenBelowMaximum : []
            if !resumed.isEmpty { state.whenBelowMaximum = [] }
            return (promise, resumed)
        }
        promise?.succeed()
        for resume in resumed { resume() }
    }

    /// Whether another connection may be accepted; if not, `resume` is called once it may.
    func admits(orElse resume: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.channels.count < maximum { return true }
            state.whenBelowMaximum.append(resume)
            return false
        }
    }

    /// Lets every connection finish what is under way; what has not ended after `limit` is closed.
    func drain(within limit: TimeAmount, on eventLoop: any EventLoop) async {
        let promise = eventLoop.makePromise(of: Void.self)
        let channels = state.withLock { state in
            state.isDraining = true
            if !state.channels.isEmpty { state.whenEmpty = promise }
            return Array(state.channels.values)
        }
        guard !channels.isEmpty else { return promise.succeed() }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(Drain()) }
        let deadline = eventLoop.scheduleTask(in: limit) {
            for channel in self.state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
        }
        _ = try? await promise.futureResult.get()
        deadline.cancel()
    }
}

/// Stops accepting while as many connections are open as may be.
final class AcceptLimit: ChannelOutboundHandler {
    typealias OutboundIn = Never

    private let connections: Connections

    init(_ connections: Connections) { self.connections = connections }

    func read(context: ChannelHandlerContext) {
        let channel = context.channel
        if connections.admits(orElse: { channel.read() }) { context.read() }
    }
}
