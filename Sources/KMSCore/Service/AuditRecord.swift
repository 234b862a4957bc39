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
    /// The record as it waits in the outbox: an object of ``appendMembers(to:)``, without its place in a chain.
    package var line: [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(768)
        line.append(literal: #"{"v":2,"time":""#)
        time.appendPrecise(to: &line)
        line.append(UInt8(ascii: "\""))
        appendMembers(to: &line)
        line.append(UInt8(ascii: "}"))
        return line
    }

    /// Appends every member but the time, a comma before each; in a fixed order, absent ones left out.
    package func appendMembers(to line: inout [UInt8]) {
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
        id(#","requestId":"#, requestID)
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
    }
}

/// What an outbox holds, in parts: a record of this format, or of the one before it, which differs in its version alone.
package struct WaitingAuditRecord: Sendable {
    package let requestID: UUIDBytes
    package let time: Timestamp
    /// As ``AuditRecord/appendMembers(to:)`` writes them.
    package let members: [UInt8]

    private static let begins = [Array(#"{"v":2,"time":""#.utf8), Array(#"{"v":1,"time":""#.utf8)]

    /// - Parameter line: ``AuditRecord/line``.
    package init?(_ requestID: UUIDBytes, line: [UInt8]) {
        let timeCount = 27
        guard Self.begins.contains(where: { line.starts(with: $0) }), line.last == UInt8(ascii: "}"),
            let time = Timestamp(preciseText: line.dropFirst(Self.begins[0].count).prefix(timeCount))
        else { return nil }
        self.requestID = requestID
        self.time = time
        members = Array(line.dropFirst(Self.begins[0].count + timeCount + 1).dropLast())
    }
}
