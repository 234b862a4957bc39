package import KMSCore

/// Tells what is known of a policy, with the document that counts.
package struct GetPolicy: AccessOperation {
    package static let name: StaticString = "GetPolicy"

    let policy: PolicyReference

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> GetPolicy {
        GetPolicy(policy: try parameters.policy())
    }

    package struct Answer: Response {
        let policy: PolicySummary
        let version: PolicyVersion
        let attachmentCount: Int

        package func write(to fields: inout some FieldWriter) {
            fields.object("Policy") {
                $0.policy(policy)
                $0.date("CreateDate", policy.createdAt)
                $0.date("UpdateDate", policy.updatedAt)
                $0.number("AttachmentCount", attachmentCount)
            }
            fields.object("DefaultPolicyVersion") { $0.policyVersion(version, isDefault: true) }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        let account = call.caller.account
        try service.permit("ram:GetPolicy", on: policy.resourceName(in: account), call)
        let found = try await service.wholePolicy(policy, call)
        let count = try await service.reading { () async throws(StoreError) in
            try await service.store.attachmentCount(of: policy, in: account)
        }
        return Answer(
            policy: found.summary,
            version: try found.version(found.summary.defaultVersion),
            attachmentCount: count
        )
    }
}
