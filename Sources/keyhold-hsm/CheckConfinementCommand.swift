internal import ArgumentParser
internal import CSeccomp

/// Tries what a confined process must not be able to do, on this very system.
struct CheckConfinementCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-confinement",
        abstract: "Confines child processes as the serving process is, and has each try something forbidden."
    )

    private static let attempts: [(name: String, attempt: CSeccompAttempt)] = [
        ("open a file", CSECCOMP_OPEN),
        ("make a file", CSECCOMP_CREATE),
        ("make a network socket", CSECCOMP_SOCKET),
        ("make a Unix socket", CSECCOMP_UNIX_SOCKET),
        ("execute a program", CSECCOMP_EXECUTE),
        ("make a process", CSECCOMP_FORK),
        ("be traced", CSECCOMP_TRACE),
        ("read a process's memory", CSECCOMP_READ_MEMORY),
        ("signal another process", CSECCOMP_SIGNAL),
        ("map executable memory", CSECCOMP_EXECUTABLE_MEMORY),
    ]

    func run() throws {
        var isConfined = true
        for (name, attempt) in Self.attempts {
            let outcome =
                switch CSeccomp_try(attempt) {
                case CSECCOMP_REFUSED: "refused"
                case CSECCOMP_KILLED: "killed"
                case CSECCOMP_ALLOWED: "ALLOWED"
                default: "could not be tried"
                }
            if outcome != "refused" && outcome != "killed" { isConfined = false }
            print("\(name): \(outcome)")
        }
        if !isConfined { throw ExitCode.failure }
    }
}
