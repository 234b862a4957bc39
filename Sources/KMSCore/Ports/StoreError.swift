/// Why a store did not do what it was asked to.
package enum StoreError: Error, Sendable, Equatable {
    /// A row has changed since it was read, or is gone. Nothing was done; reading again and retrying is safe.
    case conflict
    /// An alias of that name exists in the namespace. Nothing was done.
    case aliasExists
    /// The alias is gone or points to another key than the change names. Nothing was done.
    case aliasMoved
    /// The key would carry more tags than a resource may. Nothing was done.
    case tooManyTags
    /// The request's nonce was used before. Nothing was done.
    case replayed
    /// An import token has no tries left. Nothing was done.
    case noTriesLeft
    /// A row that must be the only one of its kind exists (account, access key, slot table). Nothing was done.
    case alreadyExists
    /// There would be more of a kind than a quota allows. Nothing was done.
    case limitReached
    /// The store could not work; whether a change was made is unknown. The text is for the log.
    case unavailable(String)
}
