package import KMSCore

/// Whom a request names to have a policy.
enum GranteeName: Sendable {
    case user(UserName)
    case role(RoleName)

    /// As error codes name it.
    var kind: String {
        switch self {
        case .user: "User"
        case .role: "Role"
        }
    }

    func resourceName(in account: AccountID) -> ResourceName {
        switch self {
        case .user(let name): .ram("user/\(name)", of: account)
        case .role(let name): .ram("role/\(name)", of: account)
        }
    }
}

extension AccessService {
    /// Attaches a policy where the caller may do so both to the grantee and with the policy.
    func attach(
        _ policy: PolicyReference,
        to name: GranteeName,
        permitting action: String,
        _ call: Call
    ) async throws(KMSError) -> Done {
        let account = call.caller.account
        try permit(action, on: name.resourceName(in: account), call)
        try permit(action, on: policy.resourceName(in: account), call)
        return try await repeating { () async throws(KMSError) in
            let grantee = try await grantee(name, call)
            guard try await summary(of: policy, in: account) != nil else { throw .policyNotFound }
            let attachment = PolicyAttachment(
                grantee: grantee,
                account: account,
                policy: policy,
                attachedAt: call.arrival
            )
            switch try await commit([.attach(attachment, limit: AccessLimits.policiesPerGrantee)], call) {
            case .made: return Done()
            case .alreadyExists: throw .policyAttached(to: name.kind)
            case .limitReached: throw .tooManyAttachments(to: name.kind)
            case .conflict: return nil
            }
        }
    }

    /// The opposite of ``attach(_:to:permitting:_:)``, with the same permissions.
    func detach(
        _ policy: PolicyReference,
        from name: GranteeName,
        permitting action: String,
        _ call: Call
    ) async throws(KMSError) -> Done {
        let account = call.caller.account
        try permit(action, on: name.resourceName(in: account), call)
        try permit(action, on: policy.resourceName(in: account), call)
        return try await repeating { () async throws(KMSError) in
            let grantee = try await grantee(name, call)
            guard try await attachments(of: grantee, call).contains(where: { $0.policy == policy }) else {
                throw try await summary(of: policy, in: account) == nil
                    ? .policyNotFound : .policyNotAttached(to: name.kind)
            }
            return try await commit([.detach(policy, from: grantee, in: account)], call).isMade ? Done() : nil
        }
    }

    /// What is attached to a user or role, for those who may ask.
    func attachedPolicies(
        of name: GranteeName,
        permitting action: String,
        _ call: Call
    ) async throws(KMSError) -> AttachedPolicies {
        try permit(action, on: name.resourceName(in: call.caller.account), call)
        var rows: [AttachedPolicies.Row] = []
        for attachment in try await attachments(of: try await grantee(name, call), call) {
            let reference = attachment.policy
            let known = try await summary(of: reference, in: call.caller.account)
            // One of the account's own that is not found was detached and deleted meanwhile.
            guard let policy = known ?? (reference.type == .system ? PolicySummary(unknown: reference.name) : nil)
            else { continue }
            rows.append(AttachedPolicies.Row(policy: policy, attachedAt: attachment.attachedAt))
        }
        return AttachedPolicies(rows: rows)
    }

    private func attachments(of grantee: Grantee, _ call: Call) async throws(KMSError) -> [PolicyAttachment] {
        try await reading { () async throws(StoreError) in
            try await store.attachments(of: grantee, in: call.caller.account)
        }
    }

    private func grantee(_ name: GranteeName, _ call: Call) async throws(KMSError) -> Grantee {
        switch name {
        case .user(let name): .user(try await user(named: name, call).id)
        case .role(let name): .role(try await role(named: name, call).id)
        }
    }
}

/// The policies of a user or role, in the order in which they were attached.
package struct AttachedPolicies: Response {
    let rows: [Row]

    struct Row: Sendable {
        let policy: PolicySummary
        let attachedAt: Timestamp
    }

    package func write(to fields: inout some FieldWriter) {
        fields.list("Policies", of: "Policy", rows) {
            $0.policy($1.policy)
            $0.date("AttachDate", $1.attachedAt)
        }
    }
}
