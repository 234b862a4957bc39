package import KMSCore

extension Catalogue {
    /// The operations of RAM 2015-05-01 (spec 13).
    package static func ram(_ service: AccessService) -> Catalogue {
        Catalogue(
            version: "2015-05-01",
            [
                // Users
                Entry(CreateUser.self, in: service),
                Entry(GetUser.self, in: service),
                Entry(UpdateUser.self, in: service),
                Entry(ListUsers.self, in: service),
                Entry(DeleteUser.self, in: service),
                // Access keys
                Entry(CreateAccessKey.self, in: service),
                Entry(UpdateAccessKey.self, in: service),
                Entry(ListAccessKeys.self, in: service),
                Entry(DeleteAccessKey.self, in: service),
                // Policies
                Entry(CreatePolicy.self, in: service),
                Entry(GetPolicy.self, in: service),
                Entry(ListPolicies.self, in: service),
                Entry(DeletePolicy.self, in: service),
                Entry(CreatePolicyVersion.self, in: service),
                Entry(GetPolicyVersion.self, in: service),
                Entry(ListPolicyVersions.self, in: service),
                Entry(SetDefaultPolicyVersion.self, in: service),
                Entry(DeletePolicyVersion.self, in: service),
                Entry(AttachPolicyToUser.self, in: service),
                Entry(DetachPolicyFromUser.self, in: service),
                Entry(ListPoliciesForUser.self, in: service),
                Entry(ListEntitiesForPolicy.self, in: service),
                // Roles
                Entry(CreateRole.self, in: service),
                Entry(GetRole.self, in: service),
                Entry(UpdateRole.self, in: service),
                Entry(ListRoles.self, in: service),
                Entry(DeleteRole.self, in: service),
                Entry(AttachPolicyToRole.self, in: service),
                Entry(DetachPolicyFromRole.self, in: service),
                Entry(ListPoliciesForRole.self, in: service),
            ]
        )
    }
}
