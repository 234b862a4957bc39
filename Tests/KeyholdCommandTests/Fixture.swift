import KMSCore
import Synchronization

@testable import keyhold

/// A server that gives one answer and remembers what it was sent.
final class FixedServer: Transport {
    private let answer: Result<Reply, Failure>
    private let received = Mutex<[OutgoingCall]>([])

    init(_ answer: Result<Reply, Failure>) { self.answer = answer }

    convenience init(status: Int = 200, _ body: String = #"{"RequestId":"r"}"#) {
        self.init(.success(Reply(status: status, body: Array(body.utf8))))
    }

    var calls: [OutgoingCall] { received.withLock { $0 } }

    func send(_ call: OutgoingCall) async throws(Failure) -> Reply {
        received.withLock { $0.append(call) }
        return try answer.get()
    }
}

/// What a run of the program left behind.
struct Run {
    let status: ExitStatus
    let output: String
    let complaint: String
}

/// What `dev.env` sets, for a server that listens nowhere.
let devEnvironment = [
    "KEYHOLD_ENDPOINT": "127.0.0.1:8080", "KEYHOLD_TLS_ENDPOINT": "127.0.0.1:8443", "KEYHOLD_CA": "/dev/ca.pem",
    "KEYHOLD_ACCESS_KEY_ID": "dev", "KEYHOLD_ACCESS_KEY_SECRET": "dev-secret", "KEYHOLD_REGION": "cn-hangzhou",
]

func run(
    _ arguments: [String],
    environment: [String: String] = devEnvironment,
    server: FixedServer = FixedServer(),
    input: String? = nil
) async -> Run {
    let output = Collected()
    let complaint = Collected()
    let program = Program(
        environment: environment,
        transport: server,
        now: { Timestamp(seconds: 1_700_000_000) },
        nonce: { "0123456789abcdef0123456789abcdef" },
        readLine: { input },
        write: output.append,
        complain: complaint.append
    )
    let status = await program.run(arguments)
    return Run(status: status, output: output.text, complaint: complaint.text)
}

/// Text that is handed over in pieces.
final class Collected: Sendable {
    private let pieces = Mutex("")
    var text: String { pieces.withLock { $0 } }
    func append(_ text: String) { pieces.withLock { $0 += text } }
}

extension OutgoingCall {
    var form: String { String(decoding: body, as: UTF8.self) }
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
