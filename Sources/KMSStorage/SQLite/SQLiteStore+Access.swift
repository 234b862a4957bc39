internal import GRDB
package import KMSCore

extension SQLiteStore {
    package func user(_ id: UserID, in account: AccountID) async throws(StoreError) -> User? {
        try await read { try UserRow.byID.row($0, [account.description, id.description]).map(UserRow.user) }
    }

    package func user(named name: UserName, in account: AccountID) async throws(StoreError) -> User? {
        try await read { try UserRow.byName.row($0, [account.description, name.description]).map(UserRow.user) }
    }

    package func users(
        in account: AccountID,
        after name: UserName?,
        limit: Int
    ) async throws(StoreError) -> [User] {
        // No name is empty, and every other one comes after the empty text.
        try await read { database in
            try UserRow.page.rows(database, [account.description, name?.description ?? "", limit]).map(UserRow.user)
        }
    }

    package func accessKeys(of holder: Identity, in account: AccountID) async throws(StoreError) -> [AccessKey] {
        try await read { database in
            try AccessKeyRow.ofHolder.rows(database, AccessKeyRow.holder(holder, account))
                .map(AccessKeyRow.accessKey)
        }
    }

    package func policy(named name: PolicyName, in account: AccountID) async throws(StoreError) -> Policy? {
        try await read { try PolicyRow.byName.row($0, [account.description, name.description]).map(PolicyRow.policy) }
    }

    package func policies(
        in account: AccountID,
        after name: PolicyName?,
        limit: Int
    ) async throws(StoreError) -> [Policy] {
        try await read { database in
            try PolicyRow.page.rows(database, [account.description, name?.description ?? "", limit])
                .map(PolicyRow.policy)
        }
    }

    package func policyVersions(of policy: UUIDBytes) async throws(StoreError) -> [PolicyVersion] {
        try await read { try PolicyVersionRow.ofPolicy.rows($0, [policy.column]).map(PolicyVersionRow.version) }
    }

    package func attachments(
        of grantee: Grantee,
        in account: AccountID
    ) async throws(StoreError) -> [PolicyAttachment] {
        try await read { database in
            try AttachmentRow.of(grantee).ofGrantee.rows(database, AttachmentRow.place(grantee, account)).map { row in
                PolicyAttachment(
                    grantee: grantee,
                    account: account,
                    policy: try AttachmentRow.reference(row),
                    attachedAt: Timestamp(microseconds: row[2])
                )
            }
        }
    }

    package func attachments(
        of policy: PolicyReference,
        in account: AccountID
    ) async throws(StoreError) -> [PolicyAttachment] {
        try await read { database in
            try AttachmentRow.holders.rows(database, [account.description] + policy.columns).map { row in
                PolicyAttachment(
                    grantee: try AttachmentRow.grantee(row),
                    account: account,
                    policy: policy,
                    attachedAt: Timestamp(microseconds: row[2])
                )
            }
        }
    }

    package func attachmentCount(of policy: PolicyReference, in account: AccountID) async throws(StoreError) -> Int {
        try await read { try AttachmentRow.ofPolicy.row($0, [account.description] + policy.columns)?[0] ?? 0 }
    }

    package func grants(of grantee: Grantee, in account: AccountID) async throws(StoreError) -> Grants? {
        try await read { database in
            let place = AttachmentRow.place(grantee, account)
            let name: String
            var role: Role?
            switch grantee {
            case .user:
                guard let user = try UserRow.byID.row(database, place).map(UserRow.user) else { return nil }
                name = user.name.description
            case .role:
                role = try RoleRow.byID.row(database, place).map(RoleRow.role)
                guard let role else { return nil }
                name = role.name.description
            }
            var (system, custom): ([PolicyName], [Grants.Granted]) = ([], [])
            for row in try AttachmentRow.of(grantee).grants.rows(database, place) {
                let policy = try AttachmentRow.reference(row)
                guard policy.type == .custom else {
                    system.append(policy.name)
                    continue
                }
                // Without its document a policy that denies would deny nothing.
                guard row[2] != nil else { throw DamagedRow() }
                let version = PolicyVersion(
                    policy: try UUIDBytes(column: row[2]),
                    number: row[3],
                    document: row[4],
                    createdAt: Timestamp(microseconds: row[5])
                )
                custom.append(Grants.Granted(name: policy.name, version: version))
            }
            return Grants(name: name, role: role, system: system, custom: custom)
        }
    }

    package func role(_ id: RoleID, in account: AccountID) async throws(StoreError) -> Role? {
        try await read { try RoleRow.byID.row($0, [account.description, id.description]).map(RoleRow.role) }
    }

    package func role(named name: RoleName, in account: AccountID) async throws(StoreError) -> Role? {
        try await read { try RoleRow.byName.row($0, [account.description, name.description]).map(RoleRow.role) }
    }

    package func roles(
        in account: AccountID,
        after name: RoleName?,
        limit: Int
    ) async throws(StoreError) -> [Role] {
        try await read { database in
            try RoleRow.page.rows(database, [account.description, name?.description ?? "", limit]).map(RoleRow.role)
        }
    }

    package func service(_ code: ServiceCode) async throws(StoreError) -> RegisteredService? {
        try await read { try ServiceRow.byCode.row($0, [code.description]).map(ServiceRow.service) }
    }

    package func services() async throws(StoreError) -> [RegisteredService] {
        try await read { try ServiceRow.all.rows($0).map(ServiceRow.service) }
    }
}
