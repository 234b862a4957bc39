/// What the program tells its caller when it ends.
enum ExitStatus: Int32 {
    case success = 0
    /// The service answered, with an error; or an audit trail is not as it was written.
    case refused = 1
    /// The command line or the settings are wrong; nothing was sent.
    case usage = 2
    /// No answer came: the server cannot be reached, or its certificate is not trusted.
    case unreachable = 3
}

/// Why a command did not do what it was asked. The texts never hold a secret.
enum Failure: Error, Equatable {
    case usage(String)
    case unreachable(String)
    /// An audit trail is not as it was written.
    case found(String)

    var status: ExitStatus {
        switch self {
        case .usage: .usage
        case .unreachable: .unreachable
        case .found: .refused
        }
    }

    var explanation: String {
        switch self {
        case .usage(let text), .unreachable(let text), .found(let text): text
        }
    }
}
