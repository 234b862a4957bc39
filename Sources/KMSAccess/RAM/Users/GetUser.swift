package import KMSCore

/// Tells what is known of a user.
package struct GetUser: AccessOperation {
    package static let name: StaticString = "GetUser"

    let userName: UserName

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> GetUser {
        GetUser(userName: try parameters.userName())
    }

    package struct Answer: Response {
        let user: User

        package func write(to fields: inout some FieldWriter) {
            fields.object("User") {
                $0.user(user)
                $0.date("UpdateDate", user.updatedAt)
                // Users log on nowhere: they sign.
                $0.text("LastLoginDate", "")
            }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        try service.permit("ram:GetUser", on: .ram("user/\(userName)", of: call.caller.account), call)
        return Answer(user: try await service.user(named: userName, call))
    }
}
