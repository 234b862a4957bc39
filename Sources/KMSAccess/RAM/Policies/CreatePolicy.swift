package import KMSCore

/// Makes a policy of the account's own, with its first version.
package struct CreatePolicy: AccessOperation {
    package static let name: StaticString = "CreatePolicy"

    let policyName: PolicyName
    let document: String
    let description: String

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> CreatePolicy {
        CreatePolicy(
            policyName: try parameters.policyName(),
            document: try parameters.policyDocument(),
            description: try parameters.optionalText("Description", limit: 1_024) ?? ""
        )
    }

    package struct Answer: Response {
        let policy: PolicySummary

        package func write(to fields: inout some FieldWriter) {
            fields.object("Policy") {
                $0.policy(policy)
                $0.date("CreateDate", policy.createdAt)
            }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        let account = call.caller.account
        try service.permit("ram:CreatePolicy", on: .ram("policy/\(policyName)", of: account), call)
        let policy = Policy(
            id: service.ids.next(),
            account: account,
            name: policyName,
            description: description,
            createdAt: call.arrival,
            updatedAt: call.arrival
        )
        let version = PolicyVersion(policy: policy.id, number: 1, document: document, createdAt: call.arrival)
        switch try await service.commit([.insertPolicy(policy, version, limit: AccessLimits.policies)], call) {
        case .made: return Answer(policy: PolicySummary(policy))
        case .alreadyExists: throw .policyExists
        case .limitReached: throw .tooManyPolicies
        case .conflict: throw .internalFailure("The caller's account is gone.")
        }
    }
}
