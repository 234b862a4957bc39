package import KMSCore

/// Lists the policies of a user, in the order in which they were attached.
package struct ListPoliciesForUser: AccessOperation {
    package static let name: StaticString = "ListPoliciesForUser"

    let userName: UserName

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> ListPoliciesForUser {
        ListPoliciesForUser(userName: try parameters.userName())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> AttachedPolicies {
        try await service.attachedPolicies(of: .user(userName), permitting: "ram:ListPoliciesForUser", call)
    }
}
