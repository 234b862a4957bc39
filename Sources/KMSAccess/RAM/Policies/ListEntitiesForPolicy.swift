package import KMSCore

/// Lists the users and roles that a policy is attached to, in the order of attachment.
package struct ListEntitiesForPolicy: AccessOperation {
    package static let name: StaticString = "ListEntitiesForPolicy"

    let policy: PolicyReference

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> ListEntitiesForPolicy {
        ListEntitiesForPolicy(policy: try parameters.policy())
    }

    package struct Answer: Response {
        var users: [(user: User, attachedAt: Timestamp)] = []
        var roles: [(role: Role, attachedAt: Timestamp)] = []

        package func write(to fields: inout some FieldWriter) {
            // Clients ask for them; there are none.
            fields.list("Groups", of: "Group", [] as [Never]) { _, _ in }
            fields.list("Users", of: "User", users) {
                $0.text("UserId", $1.user.id.description)
                $0.text("UserName", $1.user.name.description)
                $0.text("DisplayName", $1.user.displayName)
                $0.date("AttachDate", $1.attachedAt)
            }
            fields.list("Roles", of: "Role", roles) {
                $0.text("RoleId", $1.role.id.description)
                $0.text("RoleName", $1.role.name.description)
                $0.text("Arn", $1.role.resourceName.description)
                $0.text("Description", $1.role.description)
                $0.date("AttachDate", $1.attachedAt)
            }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        let account = call.caller.account
        try service.permit("ram:ListEntitiesForPolicy", on: policy.resourceName(in: account), call)
        guard try await service.summary(of: policy, in: account) != nil else { throw .policyNotFound }
        return try await service.reading { () async throws(StoreError) in
            var answer = Answer()
            for attachment in try await service.store.attachments(of: policy, in: account) {
                // Who is not found any more has gone meanwhile.
                switch attachment.grantee {
                case .user(let id):
                    guard let user = try await service.store.user(id, in: account) else { continue }
                    answer.users.append((user, attachment.attachedAt))
                case .role(let id):
                    guard let role = try await service.store.role(id, in: account) else { continue }
                    answer.roles.append((role, attachment.attachedAt))
                }
            }
            return answer
        }
    }
}
