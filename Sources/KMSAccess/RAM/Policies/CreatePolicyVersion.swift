package import KMSCore

/// Gives a policy one more document, which counts only if it is asked to.
package struct CreatePolicyVersion: AccessOperation {
    package static let name: StaticString = "CreatePolicyVersion"

    let policyName: PolicyName
    let document: String
    let isDefault: Bool
    let rotation: RotationStrategy

    enum RotationStrategy: String, CaseIterable, Sendable {
        case none = "None"
        case deleteOldest = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
    }

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> CreatePolicyVersion {
        CreatePolicyVersion(
            policyName: try parameters.policyName(),
            document: try parameters.policyDocument(),
            isDefault: try parameters.boolean("SetAsDefault") ?? false,
            rotation: try parameters.choice("RotateStrategy") ?? .none
        )
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> PolicyVersionAnswer {
        let resource = ResourceName.ram("policy/\(policyName)", of: call.caller.account)
        try service.permit("ram:CreatePolicyVersion", on: resource, call)
        return try await service.repeating { () async throws(KMSError) in
            let (policy, versions, _) = try await service.customPolicy(policyName, call)
            let version = PolicyVersion(
                policy: policy.id,
                number: policy.newestVersion + 1,
                document: document,
                createdAt: call.arrival
            )
            let updated = policy.changed(at: call.arrival) {
                $0.newestVersion = version.number
                if isDefault { $0.defaultVersion = version.number }
            }
            var steps = [AccessStep.updatePolicy(from: policy, to: updated)]
            if versions.count >= AccessLimits.versionsPerPolicy {
                guard rotation == .deleteOldest,
                    let oldest = versions.first(where: { $0.number != policy.defaultVersion })
                else { throw .tooManyPolicyVersions }
                steps.append(.deletePolicyVersion(of: policy.id, number: oldest.number))
            }
            steps.append(.insertPolicyVersion(version))
            let isMade = try await service.commit(steps, call).isMade
            return isMade ? PolicyVersionAnswer(version: version, isDefault: isDefault) : nil
        }
    }
}

/// One version of a policy, with its document.
package struct PolicyVersionAnswer: Response {
    let version: PolicyVersion
    let isDefault: Bool

    package func write(to fields: inout some FieldWriter) {
        fields.object("PolicyVersion") { $0.policyVersion(version, isDefault: isDefault) }
    }
}
