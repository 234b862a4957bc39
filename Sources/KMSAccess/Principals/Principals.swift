internal import KMSCore
internal import Synchronization

/// Finds out who it is that signs with an access key, or in a session, and what they may.
///
/// What decides is read from the store with every request, and compared with what the authorizer at hand was made of: a
/// policy that was attached, detached or changed counts from the next request on. While nothing changed, and the store
/// remembers, nothing is compiled, no database is asked and nothing suspends.
final class Principals: Sendable {
    private struct Place: Hashable {
        let grantee: Grantee
        let account: AccountID
    }

    /// What a user or role may, made ready.
    private struct Known {
        let source: GrantsName
        /// `user/<name>` or `role/<name>`
        let principal: String
        let authorizer: PolicyAuthorizer
        let byteEstimate: Int
    }

    private let store: any AccessStore
    private let policies: PolicyCache
    private let grantees: Mutex<RecentlyUsed<Place, Known>>

    /// - Parameter byteCount: about what it may take up to remember what users and roles may.
    init(store: any AccessStore, policies: PolicyCache, byteCount: Int) {
        self.store = store
        self.policies = policies
        grantees = Mutex(RecentlyUsed(capacity: byteCount) { $0.byteEstimate })
    }

    /// Who holds an access key.
    ///
    /// - Throws: ``KMSError/accessKeyNotFound`` where the holder is gone.
    func caller(with accessKey: AccessKey) async throws(KMSError) -> Caller {
        switch accessKey.identity {
        case .root: return .root(of: accessKey.account, accessKeyID: accessKey.id)
        case .user(let id): return try await user(id, with: accessKey)
        case .service(let code):
            guard let service = try await registered(code), service.account == accessKey.account else {
                throw .accessKeyNotFound
            }
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
        let known = try known(.user(id), of: accessKey.account, with: grants)
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
    ///   the service that acts is not registered any more, or was registered anew.
    func caller(in session: OpenedSession, accessKeyID: String) async throws(KMSError) -> Caller {
        let claims = session.claims
        guard let grants = try await grants(of: .role(claims.role), in: claims.account),
            grants.role?.revision == claims.roleRevision
        else { throw .sessionEnded }
        if let service = claims.service {
            guard try await registered(service.code)?.createdAt == service.registeredAt else { throw .sessionEnded }
        }
        let known = try known(.role(claims.role), of: claims.account, with: grants)
        return Caller(
            account: claims.account,
            identity: .session(claims.role, session: claims.session.description),
            principal: "\(known.principal)/\(claims.session)",
            accessKeyID: accessKeyID,
            service: claims.service?.code,
            session: SessionBounds(expiresAt: claims.expiresAt, isNarrowed: session.policy != nil),
            authorizer: session.policy.map { known.authorizer.narrowed(by: $0) } ?? known.authorizer
        )
    }

    /// What a user or role may with these grants: remembered, or made and remembered.
    private func known(_ grantee: Grantee, of account: AccountID, with grants: Grants) throws(KMSError) -> Known {
        let place = Place(grantee: grantee, account: account)
        if let found = grantees.withLock({ $0.value(of: place) }), found.source.isOf(grants) { return found }
        let kind = if case .user = grantee { "user" } else { "role" }
        let authorizer: PolicyAuthorizer
        // A document that is not understood may hold a denial: nothing is allowed then.
        do { authorizer = try policies.authorizer(of: grants) } catch { throw .internalFailure(error.description) }
        let known = Known(
            source: GrantsName(grants),
            principal: "\(kind)/\(grants.name)",
            authorizer: authorizer,
            byteEstimate: 512 + authorizer.byteEstimate
        )
        grantees.withLock { $0.insert(known, for: place) }
        return known
    }

    private func grants(of grantee: Grantee, in account: AccountID) async throws(KMSError) -> Grants? {
        do { return try await store.grants(of: grantee, in: account) } catch {
            throw .unavailable("What \(grantee) may do cannot be read: \(error)")
        }
    }

    private func registered(_ code: ServiceCode) async throws(KMSError) -> RegisteredService? {
        do { return try await store.service(code) } catch {
            throw .unavailable("The service \(code) cannot be read: \(error)")
        }
    }
}

/// Names what grants say without their documents: versions of policies never change, and none is given twice.
private struct GrantsName: Sendable {
    private let name: String
    private let system: [PolicyName]
    private let custom: [(name: PolicyName, version: PolicyVersionKey)]

    init(_ grants: Grants) {
        name = grants.name
        system = grants.system
        custom = grants.custom.map { ($0.name, PolicyVersionKey($0.version)) }
    }

    func isOf(_ grants: Grants) -> Bool {
        name == grants.name && system == grants.system
            && custom.elementsEqual(grants.custom) { $0.name == $1.name && $0.version == PolicyVersionKey($1.version) }
    }
}

extension PolicyVersionKey {
    fileprivate init(_ version: PolicyVersion) { self.init(policy: version.policy, version: version.number) }
}
