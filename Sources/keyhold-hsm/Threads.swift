internal import Glibc

/// Plain threads: nothing here needs more, and all must run before the process is confined.
enum Threads {
    /// Bytes of a thread's stack.
    private static let stack = 1 << 19

    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that nobody waits for.
    static func start(_ run: @escaping @Sendable () -> Void) throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stack)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let body = Unmanaged.passRetained(Body(run))
        var thread = pthread_t()
        let refusal = pthread_create(
            &thread,
            &attributes,
            { body in
                guard let body else { return nil }
                Unmanaged<Body>.fromOpaque(body).takeRetainedValue().run()
                return nil
            },
            body.toOpaque()
        )
        guard refusal == 0 else {
            body.release()
            throw StartupError.system("A thread cannot be started", refusal)
        }
    }
}

/// Holds threads back until all are there and it is opened: two pipes, one on which they report, one that they wait for.
///
/// A thread that has reported has made the system calls of its beginning, which the confined process may not make.
final class Gate: Sendable {
    private let arrivals: Pipe
    private let latch: Pipe

    private struct Pipe {
        let reading: Int32
        let writing: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw StartupError.system("A pipe cannot be made", errno) }
            (reading, writing) = (ends[0], ends[1])
        }
    }

    init() throws {
        arrivals = try Pipe()
        latch = try Pipe()
    }

    /// Reports, and returns when the gate is opened.
    func wait() {
        var byte: UInt8 = 0
        while write(arrivals.writing, &byte, 1) < 0, errno == EINTR {}
        while read(latch.reading, &byte, 1) < 0, errno == EINTR {}
    }

    /// Returns when so many threads have reported.
    func awaitArrivals(_ count: Int) {
        var byte: UInt8 = 0
        var arrived = 0
        while arrived < count {
            if read(arrivals.reading, &byte, 1) == 1 { arrived += 1 }
        }
    }

    /// To be called once.
    func open() { close(latch.writing) }
}
