internal import CPKCS11
internal import Dispatch
internal import Synchronization

/// One stretch of time in which a token is there and its user logged in: sessions, and the handles of keys that were
/// made in it. When the token is lost all of it is void, and the next stretch is another connection.
///
/// Keys that stay belong to one session, which does nothing else; a session that failed can so be closed without
/// taking keys along. Work is done in sessions that are lent, no more of them than the token allows.
package final class PKCS11Connection: Sendable {
    package let module: PKCS11Module
    package let slot: UInt
    private let keeper: PKCS11Session
    private let keeping = Mutex<Void>(())
    private let pool: Mutex<Pool>
    /// Begins at nothing and is given its permits, since Dispatch does not bear one that ends with less than it began.
    private let permits = DispatchSemaphore(value: 0)

    private struct Pool {
        var idle: [UInt] = []
        var open = 0
        var isClosed = false
        /// Handles of keys that nobody uses any more, to be destroyed by the next one who has a session.
        var garbage: [UInt] = []
    }

    /// Opens the session that keeps the keys, and logs in.
    ///
    /// - Parameter sessions: the most that work at once, besides the one that keeps the keys.
    init(
        _ module: PKCS11Module,
        slot: UInt,
        sessions: Int,
        logIn: (PKCS11Session) throws(PKCS11Error) -> Void
    ) throws(PKCS11Error) {
        let keeper = try Self.open(module, slot, isWriting: false)
        do { try logIn(keeper) } catch {
            Self.close(keeper)
            throw error
        }
        self.module = module
        self.slot = slot
        self.keeper = keeper
        pool = Mutex(Pool())
        for _ in 0..<max(sessions, 1) { permits.signal() }
    }

    deinit { close() }

    /// Lends a session, or waits for one.
    package func withSession<Value: ~Copyable>(
        _ body: (PKCS11Session) throws(PKCS11Error) -> Value
    ) throws(PKCS11Error) -> Value {
        let session = try borrow()
        do {
            let value = try body(session)
            giveBack(session, isSpoiled: false)
            return value
        } catch {
            giveBack(session, isSpoiled: error.leavesSessionBusy || error.isLoss)
            throw error
        }
    }

    /// Makes a key that stays until ``discard(_:)``.
    func keep(_ make: (PKCS11Session) throws(PKCS11Error) -> UInt) throws(PKCS11Error) -> UInt {
        let result: Result<UInt, PKCS11Error> = keeping.withLock { _ in
            do throws(PKCS11Error) { return .success(try make(keeper)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Has a kept key destroyed by the next one who works here.
    func discard(_ key: UInt) {
        pool.withLock { pool in
            if !pool.isClosed { pool.garbage.append(key) }
        }
    }

    /// A session that may change what the token keeps, for as long as `body` takes.
    func withWritingSession<Value>(
        _ body: (PKCS11Session) throws(PKCS11Error) -> Value
    ) throws(PKCS11Error) -> Value {
        let session = try Self.open(module, slot, isWriting: true)
        defer { Self.close(session) }
        return try body(session)
    }

    /// Closes every session as soon as it is not lent any more. What the token says to that is of no interest.
    func close() {
        let idle: [UInt]? = pool.withLock { pool in
            guard !pool.isClosed else { return nil }
            pool.isClosed = true
            pool.garbage = []
            defer { pool.idle = [] }
            return pool.idle
        }
        guard let idle else { return }
        for handle in idle { Self.close(PKCS11Session(module: module, handle: handle)) }
        keeping.withLock { _ in Self.close(keeper) }
    }

    private func borrow() throws(PKCS11Error) -> PKCS11Session {
        while true {
            permits.wait()
            let found: (session: UInt?, garbage: [UInt]) = pool.withLock { pool in
                let idle = pool.idle.popLast()
                if idle == nil { pool.open += 1 }
                defer { pool.garbage = [] }
                return (idle, pool.garbage)
            }
            let session: PKCS11Session
            if let handle = found.session {
                session = PKCS11Session(module: module, handle: handle)
            } else {
                do { session = try Self.open(module, slot, isWriting: false) } catch {
                    let others = pool.withLock { pool in
                        pool.open -= 1
                        pool.garbage += found.garbage
                        return pool.open
                    }
                    // The token lets us have no more than there are: this permit is one too many.
                    if error.code == PKCS11Error.sessionCount, others > 0 { continue }
                    permits.signal()
                    throw error
                }
            }
            for key in found.garbage { try? session.destroy(key) }
            return session
        }
    }

    private func giveBack(_ session: PKCS11Session, isSpoiled: Bool) {
        let isKept = pool.withLock { pool in
            guard !isSpoiled, !pool.isClosed else {
                pool.open -= 1
                return false
            }
            pool.idle.append(session.handle)
            return true
        }
        if !isKept { Self.close(session) }
        permits.signal()
    }

    private static func open(
        _ module: PKCS11Module,
        _ slot: UInt,
        isWriting: Bool
    ) throws(PKCS11Error) -> PKCS11Session {
        var handle: UInt = 0
        let code = unsafe CPKCS11_open_session(module.pointer, slot, isWriting ? 1 : 0, &handle)
        try PKCS11Module.check(code, "open a session")
        return PKCS11Session(module: module, handle: handle)
    }

    private static func close(_ session: PKCS11Session) {
        _ = unsafe CPKCS11_close_session(session.pointer, session.handle)
    }
}
