internal import Configuration
internal import KMSAccess
internal import KMSCore

/// What an operator may set, by file, environment or flag; a flag wins over the environment, which wins over the file.
///
/// `http.port` is the flag `--http-port`, the environment variable `KEYHOLD_HTTP_PORT`, and `{"http": {"port": …}}` in
/// the file that `--config` names. `Documentation/Operations.md` lists every setting.
struct Settings: Sendable {
    /// Where everything that lasts is kept.
    var dataDirectory = "/var/lib/keyhold"
    /// The plain HTTP listener; no port, no listener.
    var httpHost = "127.0.0.1"
    var httpPort: Int?
    /// Plain HTTP beyond this machine shows every plaintext to the network; it must be asked for.
    var allowsPlainHTTP = false
    /// The TLS listener; no port, no listener.
    var httpsHost = "0.0.0.0"
    var httpsPort: Int?
    /// PEM files of a certificate chain and its key. Without them a local authority issues a certificate.
    var tlsCertificate: String?
    var tlsKey: String?
    /// Host names and addresses for which the local authority issues certificates, besides this machine's own.
    var tlsHosts: [String] = []
    /// Health, readiness and metrics; no port, no listener.
    var operationsHost = "127.0.0.1"
    var operationsPort: Int?
    /// Addresses of proxies, single or as `10.0.0.0/8`, that are believed about where a request came from.
    var trustedProxies: [String] = []
    /// The region of requests whose host name names none.
    var defaultRegion = "cn-hangzhou"
    /// The regions served; the default one belongs to them in any case.
    var regions: [String] = []
    /// Ports that stand for a region, as `cn-beijing=8001`. They speak TLS where `https.port` is set.
    var regionPorts: [String] = []
    /// Whether those ports speak plain HTTP in any case, on `http.host`.
    var regionPortsArePlain = false
    /// Host names that stand for a region, as `kms.example.com=cn-beijing`.
    var regionHosts: [String] = []
    /// The HSMs of regions, as `my-region=FIPS`, `=China` or `=none`, where they differ from the manual's.
    var regionHSMs: [String] = []
    /// The longest PendingWindowInDays, 30 to 366.
    var longestPendingWindow = 30
    /// Seconds from the end of a key's window to the destruction of its bytes.
    var destructionGrace = 86_400
    /// Days from the newest version of an asymmetric key to the next that may be made; 0 for no wait.
    var versionInterval = 7
    /// The isolated key process that holds HSM keys.
    var hsmProcess = HSMProcessSettings()
    /// Threads that work with private keys; as many as there are processors, and two at least, where nothing is said.
    var workerThreads: Int?
    /// RSA-2048 pairs that are made ahead of time.
    var readyKeyPairs = 2
    /// Seconds between two rounds of upkeep.
    var upkeepInterval = 1
    /// Whether V1 requests must carry a SignatureNonce.
    var requiresNonce = false
    /// The token that holds HSM keys.
    var token = TokenSettings()
    /// The audit trail.
    var audit = AuditSettings()
    /// trace, debug, info, notice, warning, error or critical.
    var logLevel = "info"
    /// Event loops of the data plane; as many as there are processors where nothing is said.
    var eventLoops: Int?
    /// What an account may have and ask for.
    var quotas = QuotaSettings()
    /// What opens the root key.
    var root = RootSettings()

    /// The names of all settings, as the file nests them.
    static let names =
        [
            "data.directory", "http.host", "http.port", "http.plain.allowed", "https.host", "https.port",
            "tls.certificate", "tls.key", "tls.hosts", "operations.host", "operations.port", "proxy.trusted",
            "region.default",
            "region.list", "region.ports", "region.hosts", "region.hsm", "deletion.window.maximum", "deletion.grace",
            "version.interval",
            "worker.threads", "rsa.pairs.ready", "upkeep.interval", "nonce.required",
            "log.level", "event.loops",
        ] + HSMProcessSettings.names + AuditSettings.names + QuotaSettings.names + RootSettings.names
        + TokenSettings.names

    init() {}

    /// Reads and judges the settings.
    ///
    /// - Parameter isServing: whether they must make sense for a server that listens.
    init(_ reader: ConfigReader, isServing: Bool = true) throws(StartupError) {
        dataDirectory = reader.string(forKey: "data.directory", default: dataDirectory)
        httpHost = reader.string(forKey: "http.host", default: httpHost)
        httpPort = try reader.port("http.port")
        allowsPlainHTTP = try reader.flag("http.plain.allowed")
        httpsHost = reader.string(forKey: "https.host", default: httpsHost)
        httpsPort = try reader.port("https.port")
        tlsCertificate = reader.string(forKey: "tls.certificate")
        tlsKey = reader.string(forKey: "tls.key")
        tlsHosts = reader.list("tls.hosts")
        operationsHost = reader.string(forKey: "operations.host", default: operationsHost)
        operationsPort = try reader.port("operations.port")
        trustedProxies = reader.list("proxy.trusted")
        defaultRegion = reader.string(forKey: "region.default", default: defaultRegion)
        regions = reader.list("region.list")
        regionPorts = reader.list("region.ports")
        regionHosts = reader.list("region.hosts")
        regionHSMs = reader.list("region.hsm")
        longestPendingWindow = try reader.number("deletion.window.maximum", in: 30...366) ?? longestPendingWindow
        destructionGrace = try reader.number("deletion.grace", in: 0...31_536_000) ?? destructionGrace
        versionInterval = try reader.number("version.interval", in: 0...365) ?? versionInterval
        hsmProcess = try HSMProcessSettings(reader)
        workerThreads = try reader.number("worker.threads", in: 1...1_024)
        readyKeyPairs = try reader.number("rsa.pairs.ready", in: 0...64) ?? readyKeyPairs
        upkeepInterval = try reader.number("upkeep.interval", in: 1...3_600) ?? upkeepInterval
        requiresNonce = try reader.flag("nonce.required")
        token = try TokenSettings(reader)
        audit = try AuditSettings(reader)
        logLevel = reader.string(forKey: "log.level", default: logLevel)
        eventLoops = try reader.number("event.loops", in: 1...1_024)
        quotas = try QuotaSettings(reader)
        root = try RootSettings(reader)
        if isServing { try judge() }
    }

    private func judge() throws(StartupError) {
        _ = try addressBlocks()
        guard httpPort != nil || httpsPort != nil else {
            throw StartupError("Nothing to listen on: set https.port, or http.port for plain HTTP on this machine.")
        }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw StartupError("Set tls.certificate and tls.key together, or neither.")
        }
        guard httpPort == nil || allowsPlainHTTP || Self.isLoopback(httpHost) else {
            throw StartupError(
                "Plain HTTP on \(httpHost) would show every plaintext to the network: listen on 127.0.0.1, use https.port, "
                    + "or set http.plain.allowed if something else encrypts the connection."
            )
        }
    }

    /// The proxies that are believed.
    func addressBlocks() throws(StartupError) -> [AddressBlock] {
        var blocks: [AddressBlock] = []
        for text in trustedProxies {
            guard let block = AddressBlock(text) else {
                throw StartupError("proxy.trusted: \(text) is no address and no block such as 10.0.0.0/8.")
            }
            blocks.append(block)
        }
        return blocks
    }

    /// Whether an address is this machine's own.
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.split(separator: ".").count == 4)
    }
}
