package import KMSCore
internal import NIOCore
internal import NIOHTTP1

/// Answers requests: finds out what is asked and by whom, and hands it to the doorway (spec 1.6).
///
/// Every listener answers through the same responder. What is refused before the doorway is recorded as well.
package struct RPCResponder: Sendable {
    private let catalogues: [Catalogue]
    private let service: KeyService
    private let authenticator: any Authenticator
    private let replay: any ReplayGuard
    private let regions: Regions
    private let proxies: TrustedProxies
    private let hostID: String

    /// Milliseconds after which a caller whose share of the nonce memory is full may try again.
    private static let retryAfterFullShare = 1_000

    /// - Parameters:
    ///   - proxies: who is believed about where a request came from.
    ///   - hostID: the HostId of errors answered to requests that name no host.
    package init(
        catalogues: [Catalogue],
        service: KeyService,
        authenticator: any Authenticator,
        replay: any ReplayGuard,
        regions: Regions,
        proxies: TrustedProxies = TrustedProxies(),
        hostID: String
    ) {
        self.catalogues = catalogues
        self.service = service
        self.authenticator = authenticator
        self.replay = replay
        self.regions = regions
        self.proxies = proxies
        self.hostID = hostID
    }

    var now: Timestamp { service.time.now() }

    func respond(to request: IncomingRequest, from peer: Peer) async -> Answer {
        let peer = proxies.sender(behind: peer, request.headers)
        var attempt = begin(from: peer)
        attempt.host = request.headers.first(name: "host")
        do {
            let parsed = try RequestParser.parse(request)
            attempt.parsed = parsed
            let (entry, call) = try await admit(parsed, from: peer, &attempt)
            switch await service.perform(entry, with: parsed.parameters, call) {
            case .success(let response):
                return Answer(
                    status: 200,
                    format: attempt.format,
                    requestID: attempt.requestID,
                    retryAfter: nil,
                    body: attempt.format.body(response, of: entry.name, attempt.requestID)
                )
            case .failure(let error): return attempt.answer(error)
            }
        } catch { return refuse(error, attempt) }
    }

    /// The answer to bytes that never became a request.
    func refuse(_ error: KMSError, from peer: Peer) -> Answer {
        refuse(error, begin(from: peer))
    }

    private func begin(from peer: Peer) -> Attempt {
        Attempt(requestID: service.ids.next(), arrival: service.time.now(), source: peer.source, serverID: hostID)
    }

    private func refuse(_ error: KMSError, _ attempt: Attempt) -> Answer {
        attempt.answer(service.refuse(error, attempt.record(error, at: service.time.now())))
    }

    /// Everything between the wire and the doorway, in the documented order.
    private func admit(
        _ parsed: ParsedRequest,
        from peer: Peer,
        _ attempt: inout Attempt
    ) async throws(KMSError) -> (Catalogue.Entry, Call) {
        let format = Result { () throws(KMSError) in
            try AnswerFormat(parameter: parsed.parameters.value(of: "Format"))
        }
        attempt.format = (try? format.get()) ?? .json
        _ = try format.get()

        let entry = try entry(for: parsed)
        attempt.action = entry.name
        let (region, isRegionNamed) = try regions.region(
            ofHost: parsed.host,
            listener: peer.listenerRegion
        )
        attempt.region = region

        let signed = SignedRequest(
            method: parsed.method,
            parameters: parsed.parameters,
            queryCount: parsed.queryCount,
            headers: parsed.headers,
            body: parsed.body,
            region: region,
            isRegionNamed: isRegionNamed
        )
        let authenticated = try await authenticator.authenticate(signed, at: attempt.arrival)
        attempt.caller = authenticated.caller

        if isRegionNamed { try checkRegionID(parsed.parameters, is: region) }
        let isDryRun = try isDryRun(parsed.parameters)
        switch replay.claim(authenticated.mark, at: attempt.arrival) {
        case .fresh: break
        case .used: throw .nonceUsed
        case .full: throw .throttled(retryAfter: Self.retryAfterFullShare)
        }
        let call = Call(
            requestID: attempt.requestID,
            caller: authenticated.caller,
            namespace: Namespace(account: authenticated.caller.account, region: region),
            action: entry.name,
            source: attempt.source,
            isSecureTransport: peer.isSecure,
            arrival: attempt.arrival,
            replay: authenticated.mark,
            isDryRun: isDryRun
        )
        return (entry, call)
    }

    private func entry(for parsed: ParsedRequest) throws(KMSError) -> Catalogue.Entry {
        let action = try parsed.named("Action", header: "x-acs-action")
        let version = try parsed.named("Version", header: "x-acs-version")
        guard let catalogue = catalogues.first(where: { version.elementsEqual($0.version.utf8) }) else {
            throw .invalidVersion(catalogues.map(\.version).joined(separator: " or "))
        }
        // Swift compares texts up to canonical equivalence: a Kelvin sign would pass for a K.
        guard action.count <= 128, action.allSatisfy({ $0 < 0x80 }),
            let entry = catalogue.entry(named: String(decoding: action, as: UTF8.self))
        else { throw .actionNotFound }
        return entry
    }

    /// Where host name or port names the region, a RegionId may not name another (design 8).
    private func checkRegionID(_ parameters: Parameters, is region: RegionID) throws(KMSError) {
        guard let value = parameters.value(of: "RegionId"), !value.isEmpty,
            !value.elementsEqual(region.description.utf8)
        else { return }
        throw .regionNotServed("This endpoint serves \(region); leave RegionId out or name that.")
    }

    private func isDryRun(_ parameters: Parameters) throws(KMSError) -> Bool {
        guard let value = parameters.value(of: "DryRun"), !value.isEmpty else { return false }
        switch String(decoding: value.prefix(8), as: UTF8.self).lowercased() {
        case "true": return true
        case "false": return false
        default: throw .invalid("DryRun", "Use true or false.")
        }
    }
}
