internal import Glibc
internal import KMSCore
internal import Logging

/// The memory of this process, kept to itself before it holds a secret.
enum SecretMemory {
    /// Takes what the system grants, and says what it does not and how it would.
    static func protect(_ logger: Logger) {
        if let refusal = ProcessMemory.forbidDumps() {
            logger.warning("memory may end up in core dumps", metadata: ["reason": "\(reason(refusal))"])
        }
        switch ProcessMemory.lockSecrets() {
        case .everything: logger.debug("all memory is locked")
        case .secrets(let byteCount):
            logger.debug(
                "memory for secrets is locked; all memory would be without a limit on it (LimitMEMLOCK=infinity)",
                metadata: ["bytes": "\(byteCount)"]
            )
        case .nothing(let refusal):
            logger.warning(
                "secrets are not locked in memory and may be written to swap: raise the limit on locked memory, with LimitMEMLOCK= in the systemd unit or with ulimit -l",
                metadata: ["reason": "\(reason(refusal))"]
            )
        }
    }

    private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
