package import KMSCore

/// Why an account or its access key was not created, in words for whoever administers the server.
package enum AccountError: Error, Sendable, Equatable {
    case accountExists(AccountID)
    case accessKeyExists(String)
    /// The access key belongs to another account than the one asked for.
    case accessKeyOfAnotherAccount(String)
    case accessKeyInactive(String)
    /// The access key exists, with another secret.
    case secretDiffers(String)
    case noAccount(AccountID)
    case malformedAccessKeyID
    case malformedSecret
    case store(StoreError)
    case sealer(VaultError)
    case random(String)
}

extension AccountError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .accountExists(let id): "Account \(id) exists already."
        case .accessKeyExists(let id): "Access key \(id) exists already."
        case .accessKeyOfAnotherAccount(let id): "Access key \(id) belongs to another account; give another id."
        case .accessKeyInactive(let id): "Access key \(id) exists and is not enabled; enable it or give another id."
        case .secretDiffers(let id):
            "Access key \(id) exists with another secret; give that secret, or another access key id."
        case .noAccount(let id): "There is no account \(id)."
        case .malformedAccessKeyID:
            "An access key id has 1 to 128 letters, digits, full stops, hyphens and underscores, and does not begin "
                + "with STS."
        case .malformedSecret: "An access key secret has 1 to 128 printable ASCII characters without spaces."
        case .store(let error): "The database refused: \(error)"
        case .sealer(let error): "The secret cannot be sealed or opened: \(error)"
        case .random(let reason): reason
        }
    }
}
