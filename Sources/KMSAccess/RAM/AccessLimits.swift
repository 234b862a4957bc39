/// How many there may be of each kind (spec 13).
package enum AccessLimits {
    /// Users of an account.
    package static let users = 1_000
    /// Access keys of a user, so that one can take the other's place.
    package static let accessKeysPerUser = 2
    /// Policies of an account's own.
    package static let policies = 1_500
    /// Versions of a policy.
    package static let versionsPerPolicy = 5
    /// Policies of one type that may be attached to a user or role.
    package static let policiesPerGrantee = 20
    /// Roles of an account.
    package static let roles = 1_000
    /// Characters of a policy document.
    package static let document = 6_144
    /// Seconds that a role may let its sessions last.
    package static let sessionDuration = 3_600...43_200
    /// Rows of one page of a listing.
    package static let page = 1...1_000
    package static let defaultPage = 100
}
