package import KMSCore

/// Makes a user, who may do nothing until policies are attached.
package struct CreateUser: AccessOperation {
    package static let name: StaticString = "CreateUser"

    let userName: UserName
    let displayName: String
    let mobilePhone: String
    let email: String
    let comments: String

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> CreateUser {
        CreateUser(
            userName: try parameters.userName(),
            displayName: try parameters.optionalText("DisplayName", limit: 128) ?? "",
            mobilePhone: try parameters.optionalText("MobilePhone", limit: 64) ?? "",
            email: try parameters.optionalText("Email", limit: 128) ?? "",
            comments: try parameters.optionalText("Comments", limit: 128) ?? ""
        )
    }

    package struct Answer: Response {
        let user: User

        package func write(to fields: inout some FieldWriter) {
            fields.object("User") { $0.user(user) }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        let account = call.caller.account
        try service.permit("ram:CreateUser", on: .ram("user/\(userName)", of: account), call)
        guard let id = UserID(service.newEntityID()) else { throw .internalFailure("A user's id has a wrong form.") }
        let user = User(
            id: id,
            account: account,
            name: userName,
            displayName: displayName,
            mobilePhone: mobilePhone,
            email: email,
            comments: comments,
            createdAt: call.arrival,
            updatedAt: call.arrival
        )
        switch try await service.commit([.insertUser(user, limit: AccessLimits.users)], call) {
        case .made: return Answer(user: user)
        case .alreadyExists: throw .userExists
        case .limitReached: throw .limitExceeded(of: "User", AccessLimits.users)
        case .conflict: throw .internalFailure("The caller's account is gone.")
        }
    }
}

extension FieldWriter {
    /// The members that every answer gives of a user.
    mutating func user(_ user: User) {
        text("UserId", user.id.description)
        text("UserName", user.name.description)
        text("DisplayName", user.displayName)
        text("MobilePhone", user.mobilePhone)
        text("Email", user.email)
        text("Comments", user.comments)
        date("CreateDate", user.createdAt)
    }
}
