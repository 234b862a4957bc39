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
            displayName: try parameters.displayName("DisplayName") ?? "",
            mobilePhone: try parameters.mobilePhone("MobilePhone") ?? "",
            email: try parameters.email("Email") ?? "",
            comments: try parameters.comments("Comments") ?? ""
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
        case .limitReached: throw .tooManyUsers
        case .conflict: throw .internalFailure("The caller's account is gone.")
        }
    }
}
