package import KMSCore

/// Which records of a trail are sought: those that fulfil everything that is given.
package struct AuditQuery: Sendable {
    /// From this moment on.
    package var from: Timestamp?
    /// Before this moment.
    package var until: Timestamp?
    /// The key that the answer names, or that a permission was tested on.
    package var key: String?
    /// A principal's name or its stable id.
    package var principal: String?
    package var action: String?
    package var outcome: String?
    package var account: String?
    package var requestID: String?

    package init() {}

    /// The record in a line of a file, if it is sought.
    package func record(in text: ArraySlice<UInt8>) -> AuditMembers? {
        let line = AuditLine.apart(text).line
        guard AuditLine.request(of: line) != nil || isOfRefusals(line),
            case .object(let members) = try? StrictJSON(reading: line)
        else { return nil }
        let record = AuditMembers(line: Array(line), members)
        guard let time = record["time"].flatMap({ Timestamp(preciseText: Array($0.utf8)[...]) }),
            from.map({ time >= $0 }) ?? true, until.map({ time < $0 }) ?? true
        else { return nil }
        func fits(_ sought: String?, _ names: String...) -> Bool {
            guard let sought else { return true }
            return names.contains { record[$0]?.utf8.elementsEqual(sought.utf8) == true }
        }
        guard fits(action, "action"), fits(outcome, "outcome"), fits(account, "account"),
            fits(requestID?.lowercased(), "requestId"), fits(principal, "principal", "principalId"),
            key.map({ record.isAbout(key: $0.lowercased()) }) ?? true
        else { return nil }
        return record
    }

    private func isOfRefusals(_ line: ArraySlice<UInt8>) -> Bool { AuditLine(Array(line))?.kind == .refusals }
}

/// A record's members, as a search shows them.
package struct AuditMembers: Sendable {
    /// The whole line.
    package let line: [UInt8]
    private let members: [(key: [UInt8], value: StrictJSON)]

    init(line: [UInt8], _ members: [(key: [UInt8], value: StrictJSON)]) {
        self.line = line
        self.members = members
    }

    private func value(_ name: String) -> StrictJSON? { members.first { $0.key.elementsEqual(name.utf8) }?.value }

    /// The text of a member, or its digits.
    package subscript(_ name: String) -> String? {
        switch value(name) {
        case .string(let bytes), .number(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    fileprivate func isAbout(key: String) -> Bool {
        if self["key"] == key { return true }
        guard case .array(let resources) = value("resources") else { return false }
        return resources.contains { $0.text?.hasSuffix("key/\(key)") == true }
    }
}
