package import KMSCore

/// Takes a policy away from a user, from the next request on.
package struct DetachPolicyFromUser: AccessOperation {
    package static let name: StaticString = "DetachPolicyFromUser"

    let policy: PolicyReference
    let userName: UserName

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> DetachPolicyFromUser {
        DetachPolicyFromUser(policy: try parameters.policy(), userName: try parameters.userName())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        try await service.detach(policy, from: .user(userName), permitting: "ram:DetachPolicyFromUser", call)
    }
}
