package import KMSCore

/// Changes what is told of a user, or the name. Id, access keys and policies stay.
///
/// A new name needs the permission on both names, since policies speak of users by name.
package struct UpdateUser: AccessOperation {
    package static let name: StaticString = "UpdateUser"

    let userName: UserName
    let newUserName: UserName?
    /// Nil where it stays as it is; this and the following are taken away by an empty text.
    let newDisplayName: String?
    let newMobilePhone: String?
    let newEmail: String?
    let newComments: String?

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> UpdateUser {
        UpdateUser(
            userName: try parameters.userName(),
            newUserName: try parameters.optionalUserName("NewUserName"),
            newDisplayName: try parameters.displayName("NewDisplayName"),
            newMobilePhone: try parameters.mobilePhone("NewMobilePhone"),
            newEmail: try parameters.email("NewEmail"),
            newComments: try parameters.comments("NewComments")
        )
    }

    package struct Answer: Response {
        let user: User

        package func write(to fields: inout some FieldWriter) {
            fields.object("User") {
                $0.user(user)
                $0.date("UpdateDate", user.updatedAt)
            }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        for name in [userName, newUserName ?? userName] {
            try service.permit("ram:UpdateUser", on: .ram("user/\(name)", of: call.caller.account), call)
        }
        return try await service.repeating { () async throws(KMSError) in
            let old = try await service.user(named: userName, call)
            let new = updated(old, at: call.arrival)
            switch try await service.commit(new == old ? [] : [.updateUser(from: old, to: new)], call) {
            case .made: return Answer(user: new)
            case .conflict: return nil
            case .alreadyExists: throw .userExists
            case .limitReached: throw .tooManyUsers
            }
        }
    }

    /// The user as it shall be; the user given where nothing changes.
    private func updated(_ old: User, at now: Timestamp) -> User {
        let new = old.changed(at: now) { user in
            user.name = newUserName ?? user.name
            user.displayName = newDisplayName ?? user.displayName
            user.mobilePhone = newMobilePhone ?? user.mobilePhone
            user.email = newEmail ?? user.email
            user.comments = newComments ?? user.comments
        }
        return new.says(as: old) ? old : new
    }
}

extension User {
    fileprivate func says(as other: User) -> Bool {
        name == other.name && displayName.utf8.elementsEqual(other.displayName.utf8)
            && mobilePhone == other.mobilePhone && email.utf8.elementsEqual(other.email.utf8)
            && comments.utf8.elementsEqual(other.comments.utf8)
    }
}
