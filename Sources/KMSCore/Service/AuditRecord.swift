/// What is remembered of one request (`Documentation/Audit.md`). Never plaintext, never a secret.
package struct AuditRecord: Sendable, Equatable {
    package enum Outcome: String, Sendable {
        case success
        /// The caller was answered with an error of the 4xx kind.
        case refused
        /// The service failed.
        case failed
    }

    package let time: Timestamp
    package let requestID: UUIDBytes
    /// Nil where the caller could not be identified.
    package let account: AccountID?
    /// The caller's name, ``Caller/principal``; nil where the caller could not be identified.
    package let principal: String?
    /// The caller's lasting id, ``Identity``; nil where the caller could not be identified.
    package let principalID: String?
    /// As the request named it, cut to 128 characters; nil where it named none.
    package let accessKeyID: String?
    package let region: RegionID?
    /// The peer's address.
    package let source: String
    /// A name of the catalogue, `Upkeep…` for the service's own work, or `unknown`.
    package let action: String
    /// Resources that were tested, as policies name them.
    package let resources: [String]
    package let key: KeyID?
    package let version: KeyVersionID?
    package let outcome: Outcome
    /// The error code that was answered; nil for success.
    package let errorCode: String?
    /// Microseconds from the request's arrival to this record.
    package let duration: Int64

    package init(
        time: Timestamp,
        requestID: UUIDBytes,
        account: AccountID?,
        principal: String?,
        principalID: String? = nil,
        accessKeyID: String?,
        region: RegionID?,
        source: String,
        action: String,
        resources: [String],
        key: KeyID?,
        version: KeyVersionID?,
        outcome: Outcome,
        errorCode: String?,
        duration: Int64
    ) {
        self.time = time
        self.requestID = requestID
        self.account = account
        self.principal = principal
        self.principalID = principalID
        self.accessKeyID = accessKeyID
        self.region = region
        self.source = source
        self.action = action
        self.resources = resources
        self.key = key
        self.version = version
        self.outcome = outcome
        self.errorCode = errorCode
        self.duration = duration
    }
}

extension AuditRecord {
    /// The record as one line of JSON, without a newline; members in a fixed order, absent ones left out.
    package var line: [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(768)
        line.append(literal: #"{"v":1,"time":""#)
        time.appendPrecise(to: &line)
        line.append(literal: #"","requestId":""#)
        requestID.appendText(to: &line)
        line.append(literal: "\"")
        func text(_ name: StaticString, _ value: String?) {
            guard let value else { return }
            line.append(literal: name)
            line.appendJSONString(value.utf8)
        }
        func id(_ name: StaticString, _ value: UUIDBytes?) {
            guard let value else { return }
            line.append(literal: name)
            line.append(UInt8(ascii: "\""))
            value.appendText(to: &line)
            line.append(UInt8(ascii: "\""))
        }
        text(#","account":"#, account?.description)
        text(#","principal":"#, principal)
        text(#","principalId":"#, principalID)
        text(#","accessKeyId":"#, accessKeyID)
        text(#","region":"#, region?.description)
        text(#","source":"#, source)
        text(#","action":"#, action)
        line.append(literal: #","resources":["#)
        for (index, resource) in resources.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            line.appendJSONString(resource.utf8)
        }
        line.append(UInt8(ascii: "]"))
        id(#","key":"#, key?.uuid)
        id(#","version":"#, version?.uuid)
        text(#","outcome":"#, outcome.rawValue)
        text(#","errorCode":"#, errorCode)
        line.append(literal: #","duration":"#)
        line.appendDecimal(duration)
        line.append(UInt8(ascii: "}"))
        return line
    }
}
