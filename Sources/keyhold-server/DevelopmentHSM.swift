internal import Glibc
internal import KMSProtection
internal import Logging
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization
internal import SystemPackage

/// keyhold-hsm as `dev` runs it: a child process on a folder of its own within the data folder, started again when it
/// ends, and ending when this process ends, however that comes about.
final class DevelopmentHSM: Service {
    let socket: FilePath
    private let program: FilePath
    private let folder: FilePath
    private let logger: Logger
    private let life = Mutex(Life())

    private struct Life {
        /// The end of the pipe that the child's input comes from: it lives as long as this is open.
        var input: FileDescriptor?
        var first: pid_t?
        var isEnding = false
    }

    /// Milliseconds before a child that ended is started again: more each time, unless it had served for a while.
    private static let shortestPause = 50
    private static let longestPause = 5_000

    /// Nil, with a line in the log, where the program does not lie beside this one.
    init?(in folder: FilePath, logger: Logger) {
        guard let own = Self.ownProgram() else { return nil }
        program = own.removingLastComponent().appending("keyhold-hsm")
        guard access("\(program)", X_OK) == 0 else {
            logger.warning(
                "HSM keys are refused: keyhold-hsm does not lie beside keyhold-server (swift build --product keyhold-hsm)"
            )
            return nil
        }
        self.folder = folder.appending("hsm")
        self.socket = folder.appending("hsm.sock")
        self.logger = logger
    }

    /// Starts the child and returns when it serves, or after a few seconds in which it did not.
    func start() async {
        guard let child = startChild() else { return }
        life.withLock { $0.first = child }
        for _ in 0..<500 {
            if (try? HSMSocket(path: "\(socket)", patience: 1_000)) != nil { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
        logger.error("HSM keys cannot be used yet: keyhold-hsm does not serve")
    }

    /// Watches over the child that ``start()`` has started.
    func run() async throws {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        await withGracefulShutdownHandler {
            await watch(on: thread)
        } onGracefulShutdown: {
            self.end()
        }
        try await thread.shutdownGracefully()
    }

    private func watch(on thread: NIOThreadPool) async {
        var pause = Self.shortestPause
        var child = life.withLock { $0.first }
        while !life.withLock({ $0.isEnding }) {
            if let child {
                let began = ContinuousClock.now
                let status = try? await thread.runIfActive { Self.waitForEnd(of: child) }
                guard !life.withLock({ $0.isEnding }) else { return }
                if ContinuousClock.now - began > .seconds(10) { pause = Self.shortestPause }
                logger.error("keyhold-hsm ended and is started again", metadata: ["status": "\(status ?? -1)"])
            }
            try? await cancelWhenGracefulShutdown { [pause] in try await Task.sleep(for: .milliseconds(pause)) }
            pause = min(2 * pause, Self.longestPause)
            child = startChild()
        }
    }

    private func end() {
        life.withLock { life in
            life.isEnding = true
            try? life.input?.close()
            life.input = nil
        }
    }

    /// A new child; nil where the server is ending, or none can be started.
    private func startChild() -> pid_t? {
        life.withLock { life in
            guard !life.isEnding else { return nil }
            try? life.input?.close()
            life.input = nil
            guard let (child, input) = try? spawn() else {
                logger.error("keyhold-hsm cannot be started", metadata: ["program": "\(program)"])
                return nil
            }
            life.input = input
            return child
        }
    }

    private func spawn() throws -> (child: pid_t, input: FileDescriptor) {
        let (reading, writing) = try FileDescriptor.pipe()
        // No other child may hold it open.
        _ = fcntl(writing.rawValue, F_SETFD, FD_CLOEXEC)
        defer { try? reading.close() }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, reading.rawValue, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        let words = ["\(program)", "--data", "\(folder)", "--socket", "\(socket)", "--until-input-ends"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        let refusal = posix_spawn(&child, "\(program)", &actions, nil, &arguments, environ)
        guard refusal == 0 else {
            try? writing.close()
            throw Errno(rawValue: refusal)
        }
        return (child, writing)
    }

    private static func waitForEnd(of child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status
    }

    private static func ownProgram() -> FilePath? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        guard count > 0 else { return nil }
        return FilePath(String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
