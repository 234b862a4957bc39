package import KMSCore

extension Catalogue {
    /// What only the operator of the server may do, through its socket: nothing of it is reachable by network.
    ///
    /// - Parameter others: operations of other services that the operator may ask for.
    package static func administration(
        _ service: AccessService,
        rootKey: any RootKeyAdministration,
        _ others: [Entry] = []
    ) -> Catalogue {
        Catalogue(
            version: administrationVersion,
            [
                Entry(CreateAccount.self, in: service), Entry(ListAccounts.self, in: service),
                Entry(RegisterService.self, in: service), Entry(ListServices.self, in: service),
                Entry(RemoveService.self, in: service), Entry(CreateServiceAccessKey.self, in: service),
                Entry(DeleteServiceAccessKey.self, in: service), Entry(SetPasswordHash.self, in: service),
                Entry(Explain.self, in: service), Entry(RotateRootKey.self, on: rootKey),
                Entry(DescribeRootKey.self, on: rootKey),
            ] + others
        )
    }

    /// The Version that requests for these operations name.
    package static let administrationVersion = "keyhold-1"
}
