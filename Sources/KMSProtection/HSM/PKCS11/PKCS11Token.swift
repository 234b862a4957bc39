internal import CPKCS11
internal import KMSCore
internal import Synchronization

/// A token by its slot or label, with its user's PIN: opened when it is first needed, and anew when it was away.
package final class PKCS11Token: Sendable {
    package enum Choice: Sendable, Equatable, CustomStringConvertible {
        case slot(UInt)
        case label(String)

        package var description: String {
            switch self {
            case .slot(let number): "the token in slot \(number)"
            case .label(let label): "the token \(label)"
            }
        }
    }

    package let module: PKCS11Module
    private let choice: Choice
    private let pin: TokenPIN
    private let sessions: Int
    private let usesFinalTry: Bool
    private let connection = Mutex<PKCS11Connection?>(nil)

    /// - Parameters:
    ///   - sessions: the most that work at once, at least 1.
    ///   - usesFinalTry: whether to log in although one more wrong PIN would lock the token.
    package init(
        _ module: PKCS11Module,
        _ choice: Choice,
        pin: TokenPIN,
        sessions: Int = 8,
        usesFinalTry: Bool = false
    ) {
        self.module = module
        self.choice = choice
        self.pin = pin
        self.sessions = max(sessions, 1)
        self.usesFinalTry = usesFinalTry
    }

    /// Works with the token. Where it was lost, it is opened anew, once, and the work done again from the start.
    package func perform<Value: ~Copyable>(
        _ body: (PKCS11Connection) throws(PKCS11Error) -> Value
    ) throws(PKCS11Error) -> Value {
        let first = try current()
        do { return try body(first) } catch {
            guard error.isLoss else { throw error }
        }
        let second = try reopened(after: first)
        do { return try body(second) } catch {
            // Nothing of it is used again.
            if error.isLoss { drop(second) }
            throw error
        }
    }

    /// Lets go of every session, for the end of the program.
    package func close() {
        let last = connection.withLock { connection in
            defer { connection = nil }
            return connection
        }
        last?.close()
    }

    private func current() throws(PKCS11Error) -> PKCS11Connection {
        try locked { (connection) throws(PKCS11Error) in
            if let connection { return connection }
            let opened = try self.open()
            connection = opened
            return opened
        }
    }

    private func reopened(after lost: PKCS11Connection) throws(PKCS11Error) -> PKCS11Connection {
        try locked { (connection) throws(PKCS11Error) in
            // Somebody else has been here.
            if let connection, connection !== lost { return connection }
            connection = nil
            lost.close()
            let opened = try self.open()
            connection = opened
            return opened
        }
    }

    private func drop(_ lost: PKCS11Connection) {
        connection.withLock { connection in
            if connection === lost { connection = nil }
        }
        lost.close()
    }

    /// One at a time, so that no PIN is shown twice at once.
    private func locked(
        _ body: (inout PKCS11Connection?) throws(PKCS11Error) -> PKCS11Connection
    ) throws(PKCS11Error) -> PKCS11Connection {
        let result: Result<PKCS11Connection, PKCS11Error> = connection.withLock { connection in
            do throws(PKCS11Error) { return .success(try body(&connection)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private func open() throws(PKCS11Error) -> PKCS11Connection {
        let token = try find()
        // One session keeps the keys.
        let limit = token.sessionLimit.map { max($0 - 1, 1) } ?? sessions
        return try PKCS11Connection(module, slot: token.slot, sessions: min(sessions, limit)) {
            (session) throws(PKCS11Error) in
            try self.logIn(session, token)
        }
    }

    /// The token as it is now: its slot may be another one than before.
    package func find() throws(PKCS11Error) -> PKCS11Module.TokenInfo {
        let tokens = try module.tokens()
        let found = tokens.filter { token in
            switch choice {
            case .slot(let number): token.slot == number
            case .label(let label): token.label == label
            }
        }
        guard let token = found.first else {
            let others = tokens.map { "\($0.label) in slot \($0.slot)" }.joined(separator: ", ")
            throw PKCS11Error(
                "\(choice) is not there. \(others.isEmpty ? "No slot has an initialised token." : "There are: \(others).")"
            )
        }
        guard found.count == 1 else {
            let slots = found.map { "\($0.slot)" }.joined(separator: ", ")
            throw PKCS11Error("Several tokens have the label of \(choice), in slots \(slots): name the slot instead.")
        }
        return token
    }

    private func logIn(_ session: PKCS11Session, _ token: PKCS11Module.TokenInfo) throws(PKCS11Error) {
        guard token.needsLogin else { return }
        var isLoggedIn: CInt = 0
        let code = unsafe CPKCS11_session_is_open(session.pointer, session.handle, &isLoggedIn)
        try PKCS11Module.check(code, "describe a session")
        // Another part of this process has been here: the login is the process's.
        guard isLoggedIn == 0 else { return }
        guard token.hasUserPIN else { throw PKCS11Error("\(choice) has no PIN for its user yet.") }
        guard !token.isLocked else {
            throw PKCS11Error("\(choice) is locked after too many wrong PINs: its security officer must unlock it.")
        }
        guard !token.isAtFinalTry || usesFinalTry else {
            throw PKCS11Error(
                "One more wrong PIN would lock \(choice), so none is tried. Log in once by the token's own tool, "
                    + "or set pin.final of the token to true."
            )
        }
        let secret = try pin.read()
        let answer = secret.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe CPKCS11_login(session.pointer, session.handle, bytes.baseAddress, bytes.count)
            }
        }
        guard answer != 0, answer != PKCS11Error.alreadyLoggedIn else { return }
        if PKCS11Error.pinRefusals.contains(answer) { pin.refuse(secret) }
        throw PKCS11Error(answer, "log in to \(choice)")
    }
}
