package import KMSCore

/// Lists the documents of a policy, oldest first.
package struct ListPolicyVersions: AccessOperation {
    package static let name: StaticString = "ListPolicyVersions"

    let policy: PolicyReference

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> ListPolicyVersions {
        ListPolicyVersions(policy: try parameters.policy())
    }

    package struct Answer: Response {
        let policy: WholePolicy

        package func write(to fields: inout some FieldWriter) {
            fields.list("PolicyVersions", of: "PolicyVersion", policy.versions) {
                $0.policyVersion($1, isDefault: $1.number == policy.summary.defaultVersion)
            }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        try service.permit("ram:ListPolicyVersions", on: policy.resourceName(in: call.caller.account), call)
        return Answer(policy: try await service.wholePolicy(policy, call))
    }
}
