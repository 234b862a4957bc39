/// Decides whether an identity may do something.
package protocol Authorizer: Sendable {
    /// Whether `caller` may perform `action` (`kms:Encrypt`) on `resource`.
    func permits(_ action: String, on resource: ResourceName, by caller: Caller) -> Bool
}

/// Permits an account's own identity everything within the account: what holds while there are no users.
package struct RootAuthorizer: Authorizer {
    package init() {}

    package func permits(_ action: String, on resource: ResourceName, by caller: Caller) -> Bool {
        switch caller.identity {
        case .root: true
        }
    }
}
