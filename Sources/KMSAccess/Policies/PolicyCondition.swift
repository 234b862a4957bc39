internal import KMSCore

/// One key of one operator of a statement's `Condition`, with the values it is compared with.
struct PolicyCondition: Sendable {
    let `operator`: ConditionOperator
    /// At least one.
    let values: [[UInt8]]
    /// The condition ready to be asked.
    let check: ConditionCheck

    /// The conditions of a statement; none where it has no `Condition`.
    static func reading(
        _ statement: PolicyObject,
        _ kind: PolicyKind
    ) throws(PolicyDocumentError) -> [PolicyCondition] {
        guard let value = statement["Condition"] else { return [] }
        let place = statement.place + ", Condition"
        let operators = ConditionOperator.allCases.map(\.rawValue)
        var conditions: [PolicyCondition] = []
        for (name, tested) in try PolicyObject(value, at: place, knowing: operators).members {
            let name = String(decoding: name, as: UTF8.self)
            guard let `operator` = ConditionOperator(rawValue: name) else { continue }
            let keys = try PolicyObject(tested, at: "\(place) \(name)", knowing: nil)
            guard !keys.members.isEmpty else { throw PolicyDocumentError(keys.place, "It names no key.") }
            for (key, values) in keys.members {
                conditions.append(try PolicyCondition(`operator`, key, values, in: keys, kind))
            }
        }
        guard !conditions.isEmpty else { throw PolicyDocumentError(place, "It has no operator.") }
        return conditions
    }

    private init(
        _ operator: ConditionOperator,
        _ name: [UInt8],
        _ value: StrictJSON,
        in object: PolicyObject,
        _ kind: PolicyKind
    ) throws(PolicyDocumentError) {
        guard let key = ConditionKey(name, in: kind) else {
            let known = kind == .trust ? "sts:ExternalId" : "kms:tag/<tag key>"
            throw PolicyDocumentError(
                object.place,
                "The key \(name.quotable) is not known; known are acs:CurrentTime, acs:SecureTransport, acs:SourceIp, "
                    + "acs:MFAPresent and \(known)."
            )
        }
        let label = String(decoding: name, as: UTF8.self)
        self.operator = `operator`
        // Documents in use have true and 5 as well as "true" and "5".
        values = try object.texts(in: value, of: label) { value in
            switch value {
            case .string(let text), .number(let text): text
            case .boolean(let flag): Array((flag ? "true" : "false").utf8)
            case .null, .array, .object: nil
            }
        }
        guard let test = ConditionTest(`operator`, values) else {
            throw PolicyDocumentError(object.place, "\(label) must be \(`operator`.values).")
        }
        check = ConditionCheck(key: key, test: test)
    }
}

extension ConditionOperator {
    /// What the operator's values must be, for errors.
    fileprivate var values: String {
        switch self {
        case .numericEquals, .numericNotEquals, .numericLessThan, .numericLessThanEquals, .numericGreaterThan,
            .numericGreaterThanEquals:
            "a decimal number, such as -1 or 2.5"
        case .dateEquals, .dateNotEquals, .dateLessThan, .dateLessThanEquals, .dateGreaterThan,
            .dateGreaterThanEquals:
            "a date, such as 2026-01-31T08:00:00Z, 2026-01-31T16:00:00+08:00 or 2026-01-31"
        case .bool: "true or false"
        case .ipAddress, .notIPAddress: "an address or a block, such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"
        case .stringEquals, .stringNotEquals, .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase, .stringLike,
            .stringNotLike:
            "a text"
        }
    }
}
