internal import KMSCore
internal import Synchronization

/// Finds out who it is that signs with an access key, or in a session, and what they may.
///
/// What decides is read from the store with every request, and compared with what the authorizer at hand was made of: a
/// policy that was attached, detached or changed counts from the next request on. While nothing changed, and the store
/// remembers, nothing is compiled, no database is asked and nothing suspends.
final class Principals: Sendable {
    private struct Place: Hashable {
        let user: UserID
        let account: AccountID
    }

    private struct Known {
        let grants: Grants
        let principal: String
        let authorizer: any Authorizer
    }

    private let store: any AccessStore
    private let policies: PolicyCache
    private let users: Mutex<RecentlyUsed<Place, Known>>

    /// - Parameter capacity: of how many users it is remembered what they may.
    init(store: any AccessStore, policies: PolicyCache, capacity: Int) {
        self.store = store
        self.policies = policies
        users = Mutex(RecentlyUsed(capacity: capacity))
    }

    /// Who holds an access key.
    ///
    /// - Throws: ``KMSError/accessKeyNotFound`` where the holder is gone.
    func caller(with accessKey: AccessKey) async throws(KMSError) -> Caller {
        switch accessKey.identity {
        case .root: return .root(of: accessKey.account, accessKeyID: accessKey.id)
        case .user(let id): return try await user(id, with: accessKey)
        case .service(let code):
            guard try await isRegistered(code, by: accessKey.account) else { throw .accessKeyNotFound }
            return Caller(
                account: accessKey.account,
                identity: accessKey.identity,
                principal: accessKey.identity.description,
                accessKeyID: accessKey.id,
                authorizer: ServiceAuthorizer(code: code)
            )
        case .session: throw .internalFailure("Access key \(accessKey.id) is held by a session.")
        }
    }

    private func user(_ id: UserID, with accessKey: AccessKey) async throws(KMSError) -> Caller {
        guard let grants = try await grants(of: .user(id), in: accessKey.account) else { throw .accessKeyNotFound }
        let place = Place(user: id, account: accessKey.account)
        let known: Known
        if let found = users.withLock({ $0.value(of: place) }), found.grants == grants {
            known = found
        } else {
            known = Known(
                grants: grants,
                principal: "user/\(grants.name)",
                authorizer: try authorizer(of: grants, session: nil)
            )
            users.withLock { $0.insert(known, for: place) }
        }
        return Caller(
            account: accessKey.account,
            identity: accessKey.identity,
            principal: known.principal,
            accessKeyID: accessKey.id,
            authorizer: known.authorizer
        )
    }

    /// Who acts in a session, as its role stands now.
    ///
    /// - Throws: ``KMSError/sessionEnded`` where the role is gone or another than the session was given for, and where
    ///   the service that acts is not registered any more.
    func caller(in session: OpenedSession, accessKeyID: String) async throws(KMSError) -> Caller {
        let claims = session.claims
        guard let grants = try await grants(of: .role(claims.role), in: claims.account),
            grants.role?.revision == claims.roleRevision
        else { throw .sessionEnded }
        if let service = claims.service, try await !isRegistered(service, by: nil) { throw .sessionEnded }
        if let caller = session.caller(for: grants) { return caller }
        let caller = Caller(
            account: claims.account,
            identity: .session(claims.role, session: claims.session.description),
            principal: "role/\(grants.name)/\(claims.session)",
            accessKeyID: accessKeyID,
            service: claims.service,
            authorizer: try authorizer(of: grants, session: session.policy)
        )
        session.remember(caller, for: grants)
        return caller
    }

    private func grants(of grantee: Grantee, in account: AccountID) async throws(KMSError) -> Grants? {
        do { return try await store.grants(of: grantee, in: account) } catch {
            throw .unavailable("What \(grantee) may do cannot be read: \(error)")
        }
    }

    private func isRegistered(_ code: ServiceCode, by account: AccountID?) async throws(KMSError) -> Bool {
        let service: RegisteredService?
        do { service = try await store.service(code) } catch {
            throw .unavailable("The service \(code) cannot be read: \(error)")
        }
        guard let service else { return false }
        return account.map { $0 == service.account } ?? true
    }

    private func authorizer(of grants: Grants, session: CompiledPolicy?) throws(KMSError) -> any Authorizer {
        // A document that is not understood may hold a denial: nothing is allowed then.
        do { return try policies.authorizer(of: grants, session: session) } catch {
            throw .internalFailure(error.description)
        }
    }
}
