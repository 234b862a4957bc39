import ArgumentParser
import FoundationEssentials
import Glibc
import KMSCore

/// One run of the program, with everything it takes from outside handed in.
struct Program: Sendable {
    var environment: [String: String]
    var transport: any Transport
    var now: @Sendable () -> Timestamp
    /// Makes 32 hexadecimal digits that no request had before.
    var nonce: @Sendable () -> String
    /// One line of the standard input, for secrets that should not stand on the command line.
    var readLine: @Sendable () -> String?
    /// Both take text as it is, line feeds included.
    var write: @Sendable (String) -> Void
    var complain: @Sendable (String) -> Void

    static func live() -> Program {
        Program(
            environment: ProcessInfo.processInfo.environment,
            transport: HTTPTransport(),
            now: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) },
            nonce: { UUID().uuidString.lowercased().filter { $0 != "-" } },
            readLine: { Swift.readLine(strippingNewline: true) },
            write: { writeFully($0, to: STDOUT_FILENO) },
            complain: { writeFully($0, to: STDERR_FILENO) }
        )
    }

    func run(_ arguments: [String]) async -> ExitStatus {
        do {
            if let invocation = try Invocation(reading: arguments) { return try await run(invocation) }
            return try runCommand(arguments)
        } catch {
            complain("keyhold: \(error.explanation)\n")
            return error.status
        }
    }

    private func run(_ invocation: Invocation) async throws(Failure) -> ExitStatus {
        if invocation.wantsHelp {
            write(HelpText.product(invocation.product, operation: invocation.operation))
            return .success
        }
        guard let operation = invocation.operation else {
            complain(HelpText.product(invocation.product, operation: nil))
            return .usage
        }
        let connection = try Connection(options: invocation.options, environment: Environment(environment))
        let call = try OutgoingCall(invocation, operation: operation, over: connection, at: now(), nonce: nonce())
        if invocation.options.isSet(.dryrun) {
            write(call.description)
            return .success
        }
        let reply = try await transport.send(call)
        guard reply.isSuccess else {
            complain(ServiceErrorReport(reply, product: invocation.product, operation: operation).description)
            return .refused
        }
        write(connection.output.text(of: reply.body))
        return .success
    }

    /// Everything that is not an operation: `configure`, `--help`, `--version`.
    private func runCommand(_ arguments: [String]) throws(Failure) -> ExitStatus {
        var command: any ParsableCommand
        do {
            command = try Keyhold.parseAsRoot(arguments)
        } catch {
            return end(with: error)
        }
        guard let runnable = command as? any ProgramCommand else {
            // `keyhold` alone, a command that only groups others, or the parser's own `help`: each ends in a help text.
            do { try command.run() } catch { return end(with: error) }
            return .success
        }
        try runnable.run(in: self)
        return .success
    }

    private func end(with error: any Error) -> ExitStatus {
        let message = Keyhold.fullMessage(for: error)
        if Keyhold.exitCode(for: error).isSuccess {
            write(message + "\n")
            return .success
        }
        complain(message + "\n")
        return .usage
    }
}

/// A command that the argument parser reads and the program runs.
protocol ProgramCommand: ParsableCommand {
    func run(in program: Program) throws(Failure)
}

/// Writes all of it, or as much as the other end takes.
private func writeFully(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        rest.removeFirst(count)
    }
}
