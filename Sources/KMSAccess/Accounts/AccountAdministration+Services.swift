package import KMSCore

/// Cloud services: who they are, and the access keys with which they ask for sessions of the roles that trust them.
extension AccountAdministration {
    /// Lets a service ask for sessions, as soon as it has an access key.
    ///
    /// - Parameter account: runs the service; its keys and users are no business of the service's.
    package func registerService(
        _ code: ServiceCode,
        of account: AccountID
    ) async throws(AccountError) -> RegisteredService {
        let service = RegisteredService(code: code, account: account, createdAt: time.now())
        do { try await store.apply(Change([.access(.insertService(service))])) } catch {
            throw switch error {
            case .alreadyExists: .serviceExists(code)
            case .conflict: .noAccount(account)
            default: .store(error)
            }
        }
        return service
    }

    /// All of them, by code.
    package func services() async throws(AccountError) -> [RegisteredService] {
        do { return try await store.services() } catch { throw .store(error) }
    }

    /// Removes a service with its access keys. Sessions that it began end at once.
    package func removeService(_ code: ServiceCode) async throws(AccountError) {
        do { try await store.apply(Change([.access(.deleteService(code))])) } catch {
            throw error == .conflict ? .noService(code) : .store(error)
        }
    }

    /// Gives a service one more access key, of random id and secret; two at most, so that one can take the other's
    /// place.
    package func createAccessKey(of code: ServiceCode) async throws(AccountError) -> NewAccessKey {
        let service = try await service(code)
        let secret = try Self.random(or: nil)
        let accessKey = try makeAccessKey(
            try Self.randomAccessKeyID(),
            of: service.account,
            .service(code),
            secret: secret
        )
        let limit = AccessLimits.accessKeysPerUser
        do { try await store.apply(Change([.access(.insertAccessKey(accessKey, limit: limit))])) } catch {
            throw switch error {
            case .limitReached: .tooManyAccessKeys(limit)
            case .conflict: .noService(code)
            default: .store(error)
            }
        }
        return NewAccessKey(accessKey: accessKey, secret: secret)
    }

    /// The access keys of a service, in the order of their creation.
    package func accessKeys(of code: ServiceCode) async throws(AccountError) -> [AccessKey] {
        let service = try await service(code)
        do { return try await store.accessKeys(of: .service(code), in: service.account) } catch { throw .store(error) }
    }

    package func deleteAccessKey(_ id: String, of code: ServiceCode) async throws(AccountError) {
        let service = try await service(code)
        do {
            try await store.apply(Change([.access(.deleteAccessKey(id, of: .service(code), in: service.account))]))
        } catch { throw error == .conflict ? .noServiceKey(code, id) : .store(error) }
    }

    private func service(_ code: ServiceCode) async throws(AccountError) -> RegisteredService {
        let found: RegisteredService?
        do { found = try await store.service(code) } catch { throw .store(error) }
        guard let found else { throw .noService(code) }
        return found
    }
}
