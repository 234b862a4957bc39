/// Where users, policies and roles are read; they are written through ``KeyStore/apply(_:)`` like everything else.
///
/// Listings are ordered by the bytes of the names, and go on after the last name of the page before.
package protocol AccessStore: AccountStore {
    func user(_ id: UserID, in account: AccountID) async throws(StoreError) -> User?
    func user(named name: UserName, in account: AccountID) async throws(StoreError) -> User?
    func users(in account: AccountID, after name: UserName?, limit: Int) async throws(StoreError) -> [User]
    /// The access keys of one holder, in the order of their creation.
    func accessKeys(of holder: Identity, in account: AccountID) async throws(StoreError) -> [AccessKey]

    func policy(named name: PolicyName, in account: AccountID) async throws(StoreError) -> Policy?
    func policies(in account: AccountID, after name: PolicyName?, limit: Int) async throws(StoreError) -> [Policy]
    /// The versions of a policy, oldest first; none where there is no such policy.
    func policyVersions(of policy: UUIDBytes) async throws(StoreError) -> [PolicyVersion]

    /// What is attached to a user or role, in the order of attachment.
    func attachments(of grantee: Grantee, in account: AccountID) async throws(StoreError) -> [PolicyAttachment]
    /// Who of the account has the policy, in the order of attachment.
    func attachments(
        of policy: PolicyReference,
        in account: AccountID
    ) async throws(StoreError) -> [PolicyAttachment]
    /// To how many users and roles of the account the policy is attached.
    func attachmentCount(of policy: PolicyReference, in account: AccountID) async throws(StoreError) -> Int
    /// What decides about a user or role; nil where there is none of that id in the account.
    func grants(of grantee: Grantee, in account: AccountID) async throws(StoreError) -> Grants?

    func role(_ id: RoleID, in account: AccountID) async throws(StoreError) -> Role?
    func role(named name: RoleName, in account: AccountID) async throws(StoreError) -> Role?
    func roles(in account: AccountID, after name: RoleName?, limit: Int) async throws(StoreError) -> [Role]

    func service(_ code: ServiceCode) async throws(StoreError) -> RegisteredService?
    /// All of them, by code.
    func services() async throws(StoreError) -> [RegisteredService]
}

/// One thing that a change writes of users, policies and roles.
package enum AccessStep: Sendable {
    /// ``StoreError/alreadyExists`` if the id or, within the account, the name is taken; ``StoreError/limitReached``
    /// where the account has `limit` users; ``StoreError/conflict`` where there is no such account.
    case insertUser(User, limit: Int)
    /// Replaces `old` by `new`. ``StoreError/conflict`` unless the stored revision is `old.revision`;
    /// ``StoreError/alreadyExists`` if the new name is taken.
    case updateUser(from: User, to: User)
    /// ``StoreError/conflict`` unless it has this revision, and while it has access keys or attached policies.
    case deleteUser(User)

    /// ``StoreError/alreadyExists`` if the id is taken anywhere; ``StoreError/limitReached`` where the holder has
    /// `limit` keys; ``StoreError/conflict`` where account, user or service is gone. No limit where nil.
    case insertAccessKey(AccessKey, limit: Int?)
    /// ``StoreError/conflict`` where the holder has no such key.
    case setAccessKeyActive(String, of: Identity, in: AccountID, Bool)
    /// Removes the key, so that the bytes of its secret are gone from the database's files as with
    /// ``CertificateStep/delete(_:)``. ``StoreError/conflict`` where the holder has no such key.
    case deleteAccessKey(String, of: Identity, in: AccountID)

    /// ``StoreError/alreadyExists`` if the id or, within the account, the name is taken; ``StoreError/limitReached``
    /// where the account has `limit` policies; ``StoreError/conflict`` where there is no such account.
    case insertPolicy(Policy, PolicyVersion, limit: Int)
    /// Replaces `old` by `new`; ``StoreError/conflict`` unless the stored revision is `old.revision`. Every change of
    /// a policy's versions comes with one of these before it, so that what was read of them still holds. A change after
    /// which the default version would not be there is a ``StoreError/conflict``.
    case updatePolicy(from: Policy, to: Policy)
    /// ``StoreError/alreadyExists`` if the number is taken; ``StoreError/conflict`` where there is no such policy.
    case insertPolicyVersion(PolicyVersion)
    /// ``StoreError/conflict`` where there is no such version, or it is the default one when the change is made.
    case deletePolicyVersion(of: UUIDBytes, number: Int)
    /// Removes the policy with its versions; ``StoreError/conflict`` unless it has this revision, and while attached.
    case deletePolicy(Policy)

    /// ``StoreError/alreadyExists`` where it is attached; ``StoreError/limitReached`` where the grantee has `limit`
    /// policies of this type; ``StoreError/conflict`` where the grantee or the custom policy is gone.
    case attach(PolicyAttachment, limit: Int)
    /// ``StoreError/conflict`` where it is not attached.
    case detach(PolicyReference, from: Grantee, in: AccountID)

    /// ``StoreError/alreadyExists`` if the id or, within the account, the name is taken; ``StoreError/limitReached``
    /// where the account has `limit` roles; ``StoreError/conflict`` where there is no such account.
    case insertRole(Role, limit: Int)
    /// Replaces `old` by `new`; ``StoreError/conflict`` unless the stored revision is `old.revision`.
    case updateRole(from: Role, to: Role)
    /// ``StoreError/conflict`` unless it has this revision, and while policies are attached.
    case deleteRole(Role)

    /// ``StoreError/alreadyExists`` if the code is taken; ``StoreError/conflict`` where there is no such account.
    case insertService(RegisteredService)
    /// Removes a service and its access keys, as ``deleteAccessKey(_:of:in:)`` does; ``StoreError/conflict`` where there is none.
    case deleteService(ServiceCode)
}
