internal import KMSCore
internal import KMSProtection
internal import KMSServer
internal import Logging
internal import NIOPosix

/// A token that holds HSM keys, with threads of its own: a token that does not answer holds up nobody else.
struct TokenHolding {
    let vault: PKCS11Vault
    let workers: WorkerThreads
    private let logger: Logger

    /// How much work may wait for the token.
    private static let waiting = 1_000
    /// Between two looks for a token that is not there, in seconds.
    private static let interval = 10

    /// Nil where the settings name no token.
    init?(_ settings: TokenSettings, backends: [Backend], root: RootKeyRing, logger: Logger) throws {
        guard let token = try settings.token() else { return nil }
        guard let backend = backends.first(where: { $0.name == settings.name }) else {
            throw StartupError(
                "hsm.pkcs11.module is set, but the token has no wrapping key for this server yet: "
                    + "make one with keyhold-server backend init \(settings.name)"
            )
        }
        workers = WorkerThreads(NIOThreadPool(numberOfThreads: settings.sessions), limit: Self.waiting)
        self.logger = logger
        vault = PKCS11Vault(
            token,
            backend,
            vendor: settings.vendor,
            root: root,
            workers: workers,
            cacheLimit: settings.keys
        )
        if token.module.isSerialised {
            logger.warning("the PKCS#11 module does not lock for itself: it is called by one thread at a time")
        }
        if let trouble = examine() { logger.critical("the token cannot be used", metadata: ["cause": "\(trouble)"]) }
    }

    /// Has the token show what it can do; gives what stands in the way.
    private func examine() -> String? {
        do throws(PKCS11Error) {
            for remark in try vault.examine() {
                logger.warning("PKCS#11 token", metadata: ["backend": "\(vault.backend)", "remark": "\(remark)"])
            }
            logger.info("the token is ready", metadata: ["backend": "\(vault.backend)"])
            return nil
        } catch { return error.description }
    }

    /// Looks for the token until it has shown what it can do, and then at nothing, until the server stops. A PIN that
    /// the token refused is not shown to it again.
    func awaitToken() async {
        var known: String?
        while (try? await Task.sleep(for: .seconds(Self.interval))) != nil {
            guard !vault.isExamined else { continue }
            let result = try? await workers.run { examine() }
            guard let trouble = result ?? nil, trouble != known else { continue }
            known = trouble
            logger.error("the token cannot be used", metadata: ["cause": "\(trouble)"])
        }
    }
}
