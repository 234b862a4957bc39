/// A request as its signature covers it: what the edge has read of the wire, before anybody is identified.
package struct SignedRequest: Sendable {
    /// `GET` or `POST`.
    package let method: String
    /// Query and form together, decoded, in that order; the first ``queryCount`` entries came in the query.
    package let parameters: Parameters
    package let queryCount: Int
    /// Names in lower case, values without surrounding white space, in the order in which they came.
    package let headers: [(name: String, value: String)]
    /// The body as received, whatever its type.
    package let body: [UInt8]
    /// Where the request was sent: the region of its host name or port, else the default region.
    package let region: RegionID
    /// Whether host name or port named the region; a signed RegionId that differs is then refused.
    package let isRegionNamed: Bool

    package init(
        method: String,
        parameters: Parameters,
        queryCount: Int,
        headers: [(name: String, value: String)],
        body: [UInt8],
        region: RegionID,
        isRegionNamed: Bool
    ) {
        self.method = method
        self.parameters = parameters
        self.queryCount = queryCount
        self.headers = headers
        self.body = body
        self.region = region
        self.isRegionNamed = isRegionNamed
    }

    /// The value of the header of that lower-case name, or nil where it is absent; the first where it is repeated.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Whether the request is signed by the V3 scheme: its `Authorization` says so, nothing else does.
    package var usesV3: Bool { header("authorization")?.utf8.starts(with: "ACS3-".utf8) ?? false }
}
