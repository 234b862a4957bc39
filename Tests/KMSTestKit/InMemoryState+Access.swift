internal import KMSCore

/// Users, policies and roles.
extension InMemoryState {
    mutating func apply(_ step: AccessStep) throws(StoreError) {
        switch step {
        case .insertUser, .updateUser, .deleteUser: try applyToUsers(step)
        case .insertAccessKey, .setAccessKeyActive, .deleteAccessKey: try applyToAccessKeys(step)
        case .insertPolicy, .updatePolicy, .insertPolicyVersion, .deletePolicyVersion, .deletePolicy:
            try applyToPolicies(step)
        case .attach, .detach: try applyToAttachments(step)
        case .insertRole, .updateRole, .deleteRole: try applyToRoles(step)
        case .insertService(let service):
            guard !services.contains(where: { $0.code == service.code }) else { throw .alreadyExists }
            try demand(service.account)
            services.append(service)
        case .deleteService(let code):
            guard services.contains(where: { $0.code == code }) else { throw .conflict }
            services.removeAll { $0.code == code }
            accessKeys.removeAll { $0.identity == .service(code) }
        }
    }

    private mutating func applyToUsers(_ step: AccessStep) throws(StoreError) {
        switch step {
        case .insertUser(let user, let limit):
            try demand(user.account)
            guard !users.contains(where: { $0.id == user.id }) else { throw .alreadyExists }
            try demandFree(user.name, in: user.account)
            guard users.count(where: { $0.account == user.account }) < limit else { throw .limitReached }
            users.append(user)
        case .updateUser(let old, let new):
            let index = try index(of: old)
            if new.name != users[index].name { try demandFree(new.name, in: new.account) }
            users[index] = new
        case .deleteUser(let user):
            let index = try index(of: user)
            guard !accessKeys.contains(where: { $0.identity == .user(user.id) }),
                !attachments.contains(where: { $0.grantee == .user(user.id) })
            else { throw .conflict }
            users.remove(at: index)
        default: break
        }
    }

    private mutating func applyToAccessKeys(_ step: AccessStep) throws(StoreError) {
        switch step {
        case .insertAccessKey(let key, let limit):
            guard !accessKeys.contains(where: { $0.id.utf8.elementsEqual(key.id.utf8) }) else { throw .alreadyExists }
            try demand(key.account)
            guard exists(key.identity, in: key.account) else { throw .conflict }
            let count = accessKeys.count { $0.identity == key.identity && $0.account == key.account }
            guard limit.map({ count < $0 }) ?? true else { throw .limitReached }
            accessKeys.append(key)
        case .setAccessKeyActive(let id, let holder, let account, let isActive):
            let index = try index(ofAccessKey: id, of: holder, in: account)
            let key = accessKeys[index]
            accessKeys[index] = AccessKey(
                id: key.id,
                account: key.account,
                identity: key.identity,
                isActive: isActive,
                createdAt: key.createdAt,
                sealedSecret: key.sealedSecret
            )
        case .deleteAccessKey(let id, let holder, let account):
            accessKeys.remove(at: try index(ofAccessKey: id, of: holder, in: account))
        default: break
        }
    }

    private mutating func applyToPolicies(_ step: AccessStep) throws(StoreError) {
        switch step {
        case .insertPolicy(let policy, let version, let limit):
            try demand(policy.account)
            guard
                !policies.contains(where: {
                    $0.id == policy.id || $0.account == policy.account && $0.name == policy.name
                })
            else { throw .alreadyExists }
            guard policies.count(where: { $0.account == policy.account }) < limit else { throw .limitReached }
            policies.append(policy)
            try insert(version)
        case .updatePolicy(let old, let new): policies[try index(of: old)] = new
        case .insertPolicyVersion(let version): try insert(version)
        case .deletePolicyVersion(let policy, let number):
            guard let index = policyVersions.firstIndex(where: { $0.policy == policy && $0.number == number }) else {
                throw .conflict
            }
            policyVersions.remove(at: index)
        case .deletePolicy(let policy):
            let index = try index(of: policy)
            let isAttached = attachments.contains {
                $0.policy == policies[index].reference && $0.account == policy.account
            }
            guard !isAttached else { throw .conflict }
            policies.remove(at: index)
            policyVersions.removeAll { $0.policy == policy.id }
        default: break
        }
    }

    private mutating func insert(_ version: PolicyVersion) throws(StoreError) {
        guard policies.contains(where: { $0.id == version.policy }) else { throw .conflict }
        guard !policyVersions.contains(where: { $0.policy == version.policy && $0.number == version.number }) else {
            throw .alreadyExists
        }
        policyVersions.append(version)
    }

    /// What holds after every change: a policy's default version is there.
    func demandDefaultVersions() throws(StoreError) {
        for policy in policies {
            guard policyVersions.contains(where: { $0.policy == policy.id && $0.number == policy.defaultVersion })
            else { throw .conflict }
        }
    }

    private mutating func applyToAttachments(_ step: AccessStep) throws(StoreError) {
        switch step {
        case .attach(let attachment, let limit):
            guard exists(attachment.grantee, in: attachment.account) else { throw .conflict }
            let known = policies.contains {
                $0.account == attachment.account && $0.reference == attachment.policy
            }
            guard attachment.policy.type == .system || known else { throw .conflict }
            let present = attachments.filter {
                $0.grantee == attachment.grantee && $0.account == attachment.account
                    && $0.policy.type == attachment.policy.type
            }
            guard !present.contains(where: { $0.policy == attachment.policy }) else { throw .alreadyExists }
            guard present.count < limit else { throw .limitReached }
            attachments.append(attachment)
        case .detach(let policy, let grantee, let account):
            guard
                let index = attachments.firstIndex(where: {
                    $0.policy == policy && $0.grantee == grantee && $0.account == account
                })
            else { throw .conflict }
            attachments.remove(at: index)
        default: break
        }
    }

    private mutating func applyToRoles(_ step: AccessStep) throws(StoreError) {
        switch step {
        case .insertRole(let role, let limit):
            try demand(role.account)
            guard !roles.contains(where: { $0.id == role.id || $0.account == role.account && $0.name == role.name })
            else { throw .alreadyExists }
            guard roles.count(where: { $0.account == role.account }) < limit else { throw .limitReached }
            roles.append(role)
        case .updateRole(let old, let new): roles[try index(of: old)] = new
        case .deleteRole(let role):
            let index = try index(of: role)
            guard !attachments.contains(where: { $0.grantee == .role(role.id) }) else { throw .conflict }
            roles.remove(at: index)
        default: break
        }
    }

    func grants(of grantee: Grantee, in account: AccountID) -> Grants? {
        let name: String
        var role: Role?
        switch grantee {
        case .user(let id):
            guard let user = users.first(where: { $0.id == id && $0.account == account }) else { return nil }
            name = user.name.description
        case .role(let id):
            role = roles.first { $0.id == id && $0.account == account }
            guard let role else { return nil }
            name = role.name.description
        }
        let attached = attachments.filter { $0.grantee == grantee && $0.account == account }.map(\.policy)
        return Grants(
            name: name,
            role: role,
            system: attached.filter { $0.type == .system }.map(\.name),
            custom: attached.filter { $0.type == .custom }
                .compactMap { reference in
                    policies.first { $0.account == account && $0.name == reference.name }
                }
                .compactMap { policy in
                    policyVersions.first { $0.policy == policy.id && $0.number == policy.defaultVersion }
                        .map { Grants.Granted(name: policy.name, version: $0) }
                }
        )
    }

    // MARK: Demands

    private func demand(_ account: AccountID) throws(StoreError) {
        guard accounts.contains(where: { $0.id == account }) else { throw .conflict }
    }

    private func demandFree(_ name: UserName, in account: AccountID) throws(StoreError) {
        guard !users.contains(where: { $0.account == account && $0.name == name }) else { throw .alreadyExists }
    }

    private func exists(_ holder: Identity, in account: AccountID) -> Bool {
        switch holder {
        case .root: true
        case .user(let id): users.contains { $0.id == id && $0.account == account }
        case .service(let code): services.contains { $0.code == code && $0.account == account }
        case .session: false
        }
    }

    private func exists(_ grantee: Grantee, in account: AccountID) -> Bool {
        switch grantee {
        case .user(let id): users.contains { $0.id == id && $0.account == account }
        case .role(let id): roles.contains { $0.id == id && $0.account == account }
        }
    }

    private func index(of user: User) throws(StoreError) -> Int {
        guard let index = users.firstIndex(where: { $0.id == user.id && $0.account == user.account }),
            users[index].revision == user.revision
        else { throw .conflict }
        return index
    }

    private func index(of policy: Policy) throws(StoreError) -> Int {
        guard let index = policies.firstIndex(where: { $0.id == policy.id && $0.account == policy.account }),
            policies[index].revision == policy.revision
        else { throw .conflict }
        return index
    }

    private func index(of role: Role) throws(StoreError) -> Int {
        guard let index = roles.firstIndex(where: { $0.id == role.id && $0.account == role.account }),
            roles[index].revision == role.revision
        else { throw .conflict }
        return index
    }

    private func index(
        ofAccessKey id: String,
        of holder: Identity,
        in account: AccountID
    ) throws(StoreError) -> Int {
        guard
            let index = accessKeys.firstIndex(where: {
                $0.id.utf8.elementsEqual(id.utf8) && $0.identity == holder && $0.account == account
            })
        else { throw .conflict }
        return index
    }
}

extension Array {
    /// Those whose names come after `name`, by the bytes of their names.
    func page(after name: String?, limit: Int, by naming: (Element) -> String) -> [Element] {
        let sorted = sorted { naming($0).utf8.lexicographicallyPrecedes(naming($1).utf8) }
        let rest = sorted.filter { element in
            name.map { $0.utf8.lexicographicallyPrecedes(naming(element).utf8) } ?? true
        }
        return Array(rest.prefix(limit))
    }
}
