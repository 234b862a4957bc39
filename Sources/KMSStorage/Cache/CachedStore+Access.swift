package import KMSCore

/// What is remembered of users, policies and roles: what decides about a caller, and nothing that only lists show.
struct AccessCaches: Sendable {
    fileprivate let grants: Cache<GrantsPlace, DatedGrants>
    fileprivate let roles: Cache<RolePlace, Role>
    fileprivate let services: Cache<ServiceCode, RegisteredService>
    fileprivate let epochs = AccountEpochs()

    /// - Parameter grantBytes: of all grants together: they hold documents, whose sizes users choose.
    init(capacity: Int, grantBytes: Int, absentCapacity: Int) {
        grants = Cache(capacity: grantBytes, absentCapacity: absentCapacity) { $0.grants.byteEstimate }
        roles = Cache(capacity: capacity, absentCapacity: absentCapacity)
        services = Cache(capacity: capacity, absentCapacity: absentCapacity)
    }

    func forget(_ step: AccessStep, accessKeys: Cache<String, AccessKey>) {
        switch step {
        case .insertUser(let user, limit: _), .updateUser(from: let user, to: _), .deleteUser(let user):
            forgetGrants(of: .user(user.id), in: user.account)
        case .insertAccessKey(let key, limit: _): accessKeys.forget(key.id)
        case .setAccessKeyActive(let id, of: _, in: _, _), .deleteAccessKey(let id, of: _, in: _):
            accessKeys.forget(id)
        // Whom it is attached to, the step does not say.
        case .updatePolicy(from: let policy, to: _), .deletePolicy(let policy): epochs.advance(policy.account)
        // Only the default version counts. It is there before and after every change, and to make another one the
        // default the policy itself is updated.
        case .insertPolicy, .insertPolicyVersion, .deletePolicyVersion: break
        case .attach(let attachment, limit: _): forgetGrants(of: attachment.grantee, in: attachment.account)
        case .detach(_, from: let grantee, in: let account): forgetGrants(of: grantee, in: account)
        case .insertRole(let role, limit: _), .updateRole(from: let role, to: _), .deleteRole(let role):
            roles.forget(RolePlace(id: role.id, account: role.account))
            forgetGrants(of: .role(role.id), in: role.account)
        case .insertService(let service): services.forget(service.code)
        case .deleteService(let code):
            services.forget(code)
            accessKeys.forget(where: { $0.identity == .service(code) })
        }
    }

    private func forgetGrants(of grantee: Grantee, in account: AccountID) {
        grants.forget(GrantsPlace(grantee: grantee, account: account))
    }
}

private struct GrantsPlace: Hashable, Sendable {
    let grantee: Grantee
    let account: AccountID
}

private struct DatedGrants: Sendable {
    let grants: Grants
    /// The account's, from before the read.
    let epoch: UInt64
}

private struct RolePlace: Hashable, Sendable {
    let id: RoleID
    let account: AccountID
}

extension CachedStore {
    package func grants(of grantee: Grantee, in account: AccountID) async throws(StoreError) -> Grants? {
        let place = GrantsPlace(grantee: grantee, account: account)
        let epoch = access.epochs.epoch(of: account)
        let found = try await access.grants.value(
            for: place,
            where: { $0.epoch == epoch },
            reading: { () async throws(StoreError) in
                try await base.grants(of: grantee, in: account).map { DatedGrants(grants: $0, epoch: epoch) }
            }
        )
        return found?.grants
    }

    package func role(_ id: RoleID, in account: AccountID) async throws(StoreError) -> Role? {
        try await access.roles.value(for: RolePlace(id: id, account: account)) { () async throws(StoreError) in
            try await base.role(id, in: account)
        }
    }

    package func service(_ code: ServiceCode) async throws(StoreError) -> RegisteredService? {
        try await access.services.value(for: code) { () async throws(StoreError) in try await base.service(code) }
    }
}

/// What is not cached goes to the base as it is.
extension CachedStore {
    package func user(_ id: UserID, in account: AccountID) async throws(StoreError) -> User? {
        try await base.user(id, in: account)
    }

    package func user(named name: UserName, in account: AccountID) async throws(StoreError) -> User? {
        try await base.user(named: name, in: account)
    }

    package func users(
        in account: AccountID,
        after name: UserName?,
        limit: Int
    ) async throws(StoreError) -> [User] {
        try await base.users(in: account, after: name, limit: limit)
    }

    package func accessKeys(of holder: Identity, in account: AccountID) async throws(StoreError) -> [AccessKey] {
        try await base.accessKeys(of: holder, in: account)
    }

    package func policy(named name: PolicyName, in account: AccountID) async throws(StoreError) -> Policy? {
        try await base.policy(named: name, in: account)
    }

    package func policies(
        in account: AccountID,
        after name: PolicyName?,
        limit: Int
    ) async throws(StoreError) -> [Policy] {
        try await base.policies(in: account, after: name, limit: limit)
    }

    package func policyVersions(of policy: UUIDBytes) async throws(StoreError) -> [PolicyVersion] {
        try await base.policyVersions(of: policy)
    }

    package func attachments(
        of grantee: Grantee,
        in account: AccountID
    ) async throws(StoreError) -> [PolicyAttachment] {
        try await base.attachments(of: grantee, in: account)
    }

    package func attachments(
        of policy: PolicyReference,
        in account: AccountID
    ) async throws(StoreError) -> [PolicyAttachment] {
        try await base.attachments(of: policy, in: account)
    }

    package func attachmentCount(of policy: PolicyReference, in account: AccountID) async throws(StoreError) -> Int {
        try await base.attachmentCount(of: policy, in: account)
    }

    package func role(named name: RoleName, in account: AccountID) async throws(StoreError) -> Role? {
        try await base.role(named: name, in: account)
    }

    package func roles(
        in account: AccountID,
        after name: RoleName?,
        limit: Int
    ) async throws(StoreError) -> [Role] {
        try await base.roles(in: account, after: name, limit: limit)
    }

    package func services() async throws(StoreError) -> [RegisteredService] { try await base.services() }
}
