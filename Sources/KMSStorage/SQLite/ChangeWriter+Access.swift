internal import GRDB
internal import KMSCore

/// The steps of users, policies and roles.
extension ChangeWriter {
    func write(_ step: AccessStep) throws {
        switch step {
        case .insertUser, .updateUser, .deleteUser: try writeUser(step)
        case .insertAccessKey, .setAccessKeyActive, .deleteAccessKey: try writeAccessKey(step)
        case .insertPolicy, .updatePolicy, .insertPolicyVersion, .deletePolicyVersion, .deletePolicy:
            try writePolicy(step)
        case .attach, .detach: try writeAttachment(step)
        case .insertRole, .updateRole, .deleteRole: try writeRole(step)
        case .insertService(let service):
            guard try ServiceRow.byCode.row(database, [service.code.description]) == nil else {
                throw StoreError.alreadyExists
            }
            try demand(service.account)
            try ServiceRow.insert.execute(
                database,
                [service.code.description, service.account.description, service.createdAt.microseconds]
            )
        case .deleteService(let code):
            try AccessKeyRow.deleteOfService.execute(database, [code.description])
            try demandOne(ServiceRow.delete, [code.description])
        }
    }

    /// To be asked when all steps of a change are made: a policy whose default version is gone would decide nothing.
    func demandDefaultVersions(after change: Change) throws {
        for case .access(let step) in change.steps {
            let policy: UUIDBytes
            switch step {
            case .insertPolicy(let inserted, _, limit: _): policy = inserted.id
            case .updatePolicy(from: let old, to: _): policy = old.id
            case .deletePolicyVersion(of: let id, number: _): policy = id
            default: continue
            }
            guard try PolicyRow.lacksDefault.row(database, [policy.column]) == nil else { throw StoreError.conflict }
        }
    }

    private func writeUser(_ step: AccessStep) throws {
        switch step {
        case .insertUser(let user, let limit):
            try demand(user.account)
            let place = [user.account.description, user.name.description, user.id.description]
            guard try UserRow.isTaken.row(database, place) == nil else { throw StoreError.alreadyExists }
            try demandRoom(UserRow.count, [user.account.description], below: limit)
            try UserRow.insert.execute(database, UserRow.insertArguments(user))
        case .updateUser(from: let old, to: let new):
            try insertingOnce(.alreadyExists) {
                try demandOne(UserRow.update, UserRow.updateArguments(from: old, to: new))
            }
        case .deleteUser(let user):
            let holder = AccessKeyRow.holder(.user(user.id), user.account)
            guard try AccessKeyRow.ofHolder.row(database, holder) == nil else { throw StoreError.conflict }
            try demandUnattached(.user(user.id), user.account)
            try demandOne(UserRow.delete, UserRow.place(user))
        default: break
        }
    }

    private func writeAccessKey(_ step: AccessStep) throws {
        switch step {
        case .insertAccessKey(let key, let limit):
            guard try AccessKeyRow.exists.row(database, [key.id]) == nil else { throw StoreError.alreadyExists }
            try demand(key.account)
            guard try exists(key.identity, in: key.account) else { throw StoreError.conflict }
            if let limit {
                try demandRoom(AccessKeyRow.count, AccessKeyRow.holder(key.identity, key.account), below: limit)
            }
            try demandCurrentSeal([key.sealedSecret])
            try AccessKeyRow.insert.execute(database, AccessKeyRow.insertArguments(key))
        case .setAccessKeyActive(let id, of: let holder, in: let account, let isActive):
            try demandOne(AccessKeyRow.setActive, try accessKey(id, holder, account) + [isActive ? 1 : 0])
        case .deleteAccessKey(let id, of: let holder, in: let account):
            try demandOne(AccessKeyRow.delete, try accessKey(id, holder, account))
        default: break
        }
    }

    private func writePolicy(_ step: AccessStep) throws {
        switch step {
        case .insertPolicy(let policy, let version, let limit):
            try demand(policy.account)
            let place: [(any DatabaseValueConvertible)?] = [
                policy.account.description, policy.name.description, policy.id.column,
            ]
            guard try PolicyRow.isTaken.row(database, place) == nil else { throw StoreError.alreadyExists }
            try demandRoom(PolicyRow.count, [policy.account.description], below: limit)
            try PolicyRow.insert.execute(database, PolicyRow.insertArguments(policy))
            try insertVersion(version)
        case .updatePolicy(from: let old, to: let new):
            try demandOne(PolicyRow.update, PolicyRow.updateArguments(from: old, to: new))
        case .insertPolicyVersion(let version): try insertVersion(version)
        case .deletePolicyVersion(of: let policy, let number):
            try demandOne(PolicyVersionRow.delete, [policy.column, number])
        case .deletePolicy(let policy):
            guard let row = try PolicyRow.ofRevision.row(database, PolicyRow.place(policy)) else {
                throw StoreError.conflict
            }
            let name = [policy.account.description] + (try PolicyRow.policy(row).reference.columns)
            guard try AttachmentRow.ofPolicy.row(database, name)?[0] == 0 else { throw StoreError.conflict }
            try PolicyVersionRow.deleteOfPolicy.execute(database, [policy.id.column])
            try demandOne(PolicyRow.delete, PolicyRow.place(policy))
        default: break
        }
    }

    private func writeAttachment(_ step: AccessStep) throws {
        switch step {
        case .attach(let attachment, let limit):
            let rows = AttachmentRow.of(attachment.grantee)
            let place = AttachmentRow.place(attachment.grantee, attachment.account)
            let policy = attachment.policy
            guard try exists(attachment.grantee, at: place),
                try policy.type == .system
                    || PolicyRow.byName.row(
                        database,
                        [attachment.account.description, policy.name.description]
                    ) != nil
            else { throw StoreError.conflict }
            guard try rows.exists.row(database, place + policy.columns) == nil else { throw StoreError.alreadyExists }
            let count: Int = try rows.count.row(database, place + [policy.type.rawValue])?[0] ?? 0
            guard count < limit else { throw StoreError.limitReached }
            try rows.insert.execute(database, place + policy.columns + [attachment.attachedAt.microseconds])
        case .detach(let policy, from: let grantee, in: let account):
            try demandOne(
                AttachmentRow.of(grantee).delete,
                AttachmentRow.place(grantee, account) + policy.columns
            )
        default: break
        }
    }

    private func writeRole(_ step: AccessStep) throws {
        switch step {
        case .insertRole(let role, let limit):
            try demand(role.account)
            let place = [role.account.description, role.name.description, role.id.description]
            guard try RoleRow.isTaken.row(database, place) == nil else { throw StoreError.alreadyExists }
            try demandRoom(RoleRow.count, [role.account.description], below: limit)
            try RoleRow.insert.execute(database, RoleRow.insertArguments(role))
        case .updateRole(from: let old, to: let new):
            try demandOne(RoleRow.update, RoleRow.updateArguments(from: old, to: new))
        case .deleteRole(let role):
            try demandUnattached(.role(role.id), role.account)
            try demandOne(RoleRow.delete, RoleRow.place(role))
        default: break
        }
    }

    private func insertVersion(_ version: PolicyVersion) throws {
        guard try PolicyRow.exists.row(database, [version.policy.column]) != nil else { throw StoreError.conflict }
        try insertingOnce(.alreadyExists) {
            try PolicyVersionRow.insert.execute(database, PolicyVersionRow.insertArguments(version))
        }
    }

    // MARK: Demands

    private func demand(_ account: AccountID) throws {
        guard try Statements.accountExists.row(database, [account.description]) != nil else {
            throw StoreError.conflict
        }
    }

    /// Executes what must meet one row.
    private func demandOne(_ statement: SQLStatement, _ arguments: [(any DatabaseValueConvertible)?]) throws {
        guard try statement.count(database, arguments) == 1 else { throw StoreError.conflict }
    }

    /// - Parameter counting: counts no further than its last argument, which is `limit`.
    private func demandRoom(
        _ counting: SQLStatement,
        _ arguments: [(any DatabaseValueConvertible)?],
        below limit: Int
    ) throws {
        let count: Int = try counting.row(database, arguments + [limit])?[0] ?? 0
        guard count < limit else { throw StoreError.limitReached }
    }

    private func demandUnattached(_ grantee: Grantee, _ account: AccountID) throws {
        guard
            try AttachmentRow.of(grantee).isAny.row(database, AttachmentRow.place(grantee, account)) == nil
        else { throw StoreError.conflict }
    }

    private func exists(_ holder: Identity, in account: AccountID) throws -> Bool {
        switch holder {
        case .root: true
        case .user(let id): try UserRow.byID.row(database, [account.description, id.description]) != nil
        case .service(let code): try ServiceRow.ofAccount.row(database, [account.description, code.description]) != nil
        case .session: false
        }
    }

    private func exists(_ grantee: Grantee, at place: [(any DatabaseValueConvertible)?]) throws -> Bool {
        switch grantee {
        case .user: try UserRow.byID.row(database, place) != nil
        case .role: try RoleRow.byID.row(database, place) != nil
        }
    }

    private func accessKey(
        _ id: String,
        _ holder: Identity,
        _ account: AccountID
    ) throws -> [(any DatabaseValueConvertible)?] {
        // SQLite ends a text at U+0000; no id contains it.
        guard !id.utf8.contains(0) else { throw StoreError.conflict }
        return AccessKeyRow.holder(holder, account) + [id]
    }
}
