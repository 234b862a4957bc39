import KMSAccess
import KMSCore

/// A signed request, ready to be sent once.
///
/// The parameters travel in the body as a form: request targets end up in the logs of whatever stands between.
struct OutgoingCall: Sendable {
    let connection: Connection
    /// Names as they are sent, `Authorization` among them.
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    init(
        _ invocation: Invocation,
        operation: String,
        over connection: Connection,
        at time: Timestamp,
        nonce: String
    ) throws(Failure) {
        var parameters = invocation.parameters
        if let region = connection.region, !parameters.contains(where: { $0.name == "RegionId" }) {
            parameters.append((name: "RegionId", value: region))
        }
        self.connection = connection
        body = PercentEncoding.form(parameters)

        var outgoing = SignatureV3.Outgoing(
            host: connection.endpoint.authority,
            action: operation,
            version: invocation.options[.version] ?? invocation.product.version
        )
        outgoing.body = body
        outgoing.contentType = body.isEmpty ? nil : "application/x-www-form-urlencoded"
        outgoing.securityToken = connection.credentials.securityToken
        do {
            let signed = try SignatureV3.headers(
                for: outgoing,
                accessKeyID: connection.credentials.accessKeyID,
                key: connection.credentials.key,
                nonce: nonce,
                at: time
            )
            headers = signed + [(name: "accept", value: "application/json"), (name: "user-agent", value: "keyhold")]
        } catch {
            throw .usage(error.message)
        }
        guard headers.allSatisfy({ $0.value.utf8.allSatisfy { (0x20...0x7E).contains($0) } }) else {
            throw .usage("Access key ids, tokens and versions consist of printable ASCII characters.")
        }
    }
}

extension OutgoingCall: CustomStringConvertible {
    /// The request as `--dryrun` shows it. The signature is in it, since it is of use once and soon expires; a
    /// security token is not.
    var description: String {
        var text = "POST \(connection.endpoint.url)\n"
        for header in headers {
            text += "\(header.name): \(header.name == "x-acs-security-token" ? "********" : header.value)\n"
        }
        return body.isEmpty ? text : text + "\n\(String(decoding: body, as: UTF8.self))\n"
    }
}
