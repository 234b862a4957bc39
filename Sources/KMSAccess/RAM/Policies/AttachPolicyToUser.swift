package import KMSCore

/// Gives a user what a policy allows and denies, from the next request on.
package struct AttachPolicyToUser: AccessOperation {
    package static let name: StaticString = "AttachPolicyToUser"

    let policy: PolicyReference
    let userName: UserName

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> AttachPolicyToUser {
        AttachPolicyToUser(policy: try parameters.policy(), userName: try parameters.userName())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        try await service.attach(policy, to: .user(userName), permitting: "ram:AttachPolicyToUser", call)
    }
}
