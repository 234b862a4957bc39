internal import KMSCore

/// What is known of a request that has not reached the doorway: enough to record and answer a refusal.
struct Attempt {
    let requestID: UUIDBytes
    let arrival: Timestamp
    let source: String
    /// The HostId for a request that names no host.
    let serverID: String
    /// The first Host header as it came.
    var host: String?
    var format = AnswerFormat.json
    /// A name of the catalogue, or `unknown`: never what the request says.
    var action = "unknown"
    /// What the request says, once it could be read.
    var parsed: ParsedRequest?
    var region: RegionID?
    var caller: Caller?

    init(requestID: UUIDBytes, arrival: Timestamp, source: String, serverID: String) {
        self.requestID = requestID
        self.arrival = arrival
        self.source = source
        self.serverID = serverID
    }

    func record(_ error: KMSError, at now: Timestamp) -> AuditRecord {
        AuditRecord(
            time: arrival,
            requestID: requestID,
            account: caller?.account,
            principal: caller?.principal,
            principalID: caller?.identity.description,
            accessKeyID: caller?.accessKeyID ?? parsed?.claimedAccessKeyID,
            region: region,
            source: source,
            action: action,
            resources: [],
            key: nil,
            version: nil,
            outcome: Optional(error).outcome,
            errorCode: error.code,
            duration: max(0, now.microseconds(since: arrival))
        )
    }

    /// The host that was asked, as far as it can be shown in an error.
    private var hostID: String {
        guard let host, !host.isEmpty else { return serverID }
        return printable(host.utf8, limit: 255)
    }

    func answer(_ error: KMSError) -> Answer {
        Answer(
            status: error.status,
            format: format,
            requestID: requestID,
            retryAfter: error.retryAfter,
            body: format.body(error, requestID, hostID: hostID)
        )
    }
}

extension ParsedRequest {
    /// Action or Version: under V1 the parameter of that name; under V3 the header, or the parameter in the query.
    func named(_ name: StaticString, header headerName: String) throws(KMSError) -> ArraySlice<UInt8> {
        let found: ArraySlice<UInt8>?
        if usesV3 {
            let values = headers.filter { $0.name == headerName }
            guard values.count <= 1 else { throw .unreadableRequest("Send the header \(headerName) once.") }
            let inHeader = values.first.map { ArraySlice($0.value.utf8) }
            let inQuery = queryValue(of: name)
            if let inHeader, let inQuery, inHeader != inQuery {
                throw .invalid("\(name)", "The query and the header \(headerName) must name the same.")
            }
            found = inHeader ?? inQuery
        } else {
            found = parameters.value(of: name)
        }
        guard let found, !found.isEmpty else { throw .missingCommon("\(name)") }
        return found
    }

    /// The access key that the request says it is signed with, fit for a record; nil where it names none.
    var claimedAccessKeyID: String? {
        guard usesV3 else {
            guard let id = parameters.value(of: "AccessKeyId"), !id.isEmpty else { return nil }
            return printable(id, limit: 128)
        }
        let authorization = header("authorization") ?? ""
        guard let start = authorization.firstRange(of: "Credential=")?.upperBound else { return nil }
        return printable(authorization[start...].utf8.prefix { $0 != UInt8(ascii: ",") }, limit: 128)
    }
}

/// The first `limit` bytes as text; what is not printable ASCII becomes a question mark.
func printable(_ bytes: some Sequence<UInt8>, limit: Int) -> String {
    String(decoding: bytes.prefix(limit).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
}
