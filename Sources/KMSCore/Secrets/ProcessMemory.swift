internal import CPlatform

/// What keeps this process's memory to itself.
package enum ProcessMemory {
    /// Keeps the memory out of core dumps and away from debuggers of the same user.
    ///
    /// Returns what the system refused, as an errno, or nil. For a program's start, before it holds a secret.
    package static func forbidDumps() -> Int32? {
        let refusal = CPlatform_forbid_core_dumps()
        return refusal == 0 ? nil : refusal
    }

    /// Where secrets lie from now on.
    package enum Locking: Sendable, Equatable {
        /// All memory of the process is locked.
        case everything
        /// So many bytes are locked for secrets: what is beyond them, and libcrypto's own copies of RSA keys, is not.
        case secrets(byteCount: Int)
        /// The system locks nothing, for the reason that the errno gives; secrets may be written to swap.
        case nothing(Int32)
    }

    /// Sets secret memory aside, between guard pages and out of every core dump, and has the system keep it from swap as
    /// far as the limit on locked memory (RLIMIT_MEMLOCK) allows. Without a limit all memory is locked.
    ///
    /// For a program's start, before it holds a secret, and once.
    package static func lockSecrets() -> Locking {
        var refusal: Int32 = 0
        let byteCount = unsafe CPlatform_lock_secrets(mostSecrets, leastSecrets, &refusal)
        if CPlatform_lock_everything() != 0 { return .everything }
        return byteCount > 0 ? .secrets(byteCount: byteCount) : .nothing(refusal)
    }

    /// How many bytes of the secret memory are taken.
    package static var secretsInUse: Int { CPlatform_secrets_in_use() }

    /// 16 MiB: 10,000 opened keys take half a megabyte, a request in progress at most a few kilobytes.
    static let mostSecrets = 1 << 24
    /// 64 KiB, what systems allowed of old.
    static let leastSecrets = 1 << 16
}
