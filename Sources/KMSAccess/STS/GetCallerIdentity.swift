package import KMSCore

/// Says who signs with the access key that signed this; everybody may ask.
package struct GetCallerIdentity: AccessOperation {
    package static let name: StaticString = "GetCallerIdentity"

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> GetCallerIdentity {
        GetCallerIdentity()
    }

    package struct Answer: Response {
        let caller: Caller

        package func write(to fields: inout some FieldWriter) {
            let account = caller.account
            fields.text("AccountId", account.description)
            switch caller.identity {
            case .root:
                fields.text("Arn", ResourceName.ram("root", of: account).description)
                fields.text("IdentityType", "Account")
                fields.text("PrincipalId", account.description)
                fields.text("UserId", account.description)
            case .user(let id):
                fields.text("Arn", ResourceName.ram(caller.principal, of: account).description)
                fields.text("IdentityType", "RAMUser")
                fields.text("PrincipalId", id.description)
                fields.text("UserId", id.description)
            case .session(let role, let session):
                // acs:ram::<account>:assumed-role/<role>/<session>
                fields.text("Arn", ResourceName.ram("assumed-\(caller.principal)", of: account).description)
                fields.text("IdentityType", "AssumedRoleUser")
                fields.text("PrincipalId", "\(role):\(session)")
                fields.text("RoleId", role.description)
            case .service(let code):
                fields.text("Arn", ResourceName.ram("service/\(code.principal)", of: account).description)
                fields.text("IdentityType", "Service")
                fields.text("PrincipalId", code.principal)
            }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        Answer(caller: call.caller)
    }
}
