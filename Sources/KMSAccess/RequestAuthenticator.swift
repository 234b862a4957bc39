package import KMSCore
internal import KMSCrypto

/// Finds out who signed a request, by either scheme, in the documented order: common parameters, timestamp, access
/// key, security token, signature, region.
package final class RequestAuthenticator: Authenticator {
    /// How far a request's Timestamp may lie from the server's time, either way: 15 minutes, in microseconds.
    static let window: Int64 = 15 * 60 * 1_000_000

    /// About what it may take up, in bytes, to remember what users and roles may: compiled policies are part of that.
    private static let grantBytes = 64 << 20

    private let store: any AccessStore
    private let sealer: any Sealer
    private let marks: KeyedMAC
    private let requiresNonce: Bool
    private let cache: SigningKeyCache
    private let principals: Principals
    private let tokens: SecurityTokens

    /// - Parameters:
    ///   - store: asked for the access key of every request and for what its holder may; caches, so that a warm one
    ///     needs no database.
    ///   - sealer: opens the secrets of access keys and the tokens of sessions, once while they are warm.
    ///   - policies: compiles what decides about users and roles.
    ///   - markKey: 32 bytes derived from the root key: marks are equal on every node and after every restart, and
    ///     tell nobody else which nonce was used.
    ///   - requiresNonce: whether a V1 request must have a SignatureNonce; else its signature stands in.
    ///   - cacheCapacity: the most opened secrets of access keys held at once, and likewise of sessions.
    package init(
        store: any AccessStore,
        sealer: any Sealer,
        policies: PolicyCache,
        markKey: SecretBox,
        requiresNonce: Bool = false,
        cacheCapacity: Int = 20_000
    ) {
        self.store = store
        self.sealer = sealer
        marks = KeyedMAC(.sha256, key: markKey)
        self.requiresNonce = requiresNonce
        cache = SigningKeyCache(capacity: cacheCapacity)
        principals = Principals(store: store, policies: policies, byteCount: Self.grantBytes)
        tokens = SecurityTokens(sealer: sealer, capacity: cacheCapacity)
    }

    /// A caller as claimed, and what the request is signed with if the claim is true.
    private struct Credential {
        let caller: Caller
        let key: SigningKey
    }

    package func authenticate(
        _ request: SignedRequest,
        at now: Timestamp
    ) async throws(KMSError) -> Authenticated {
        let claim =
            request.usesV3
            ? try SignatureClaim(v3: request) : try SignatureClaim(v1: request, requiresNonce: requiresNonce)
        guard abs(now.microseconds(since: claim.timestamp)) <= Self.window else { throw .timestampExpired(now) }
        let credential = try await credential(of: claim, at: now)
        let signature = try claim.verify(request, key: credential.key)
        try checkRegion(of: request)
        let caller = credential.caller
        return Authenticated(caller: caller, mark: mark(claim, signature: signature, of: caller))
    }

    private func credential(of claim: SignatureClaim, at now: Timestamp) async throws(KMSError) -> Credential {
        // Ids are ASCII; only so are two strings the same exactly where their bytes are.
        guard claim.accessKeyID.count <= 128, claim.accessKeyID.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .accessKeyNotFound
        }
        let id = String(decoding: claim.accessKeyID, as: UTF8.self)
        guard claim.accessKeyID.starts(with: SecurityTokens.accessKeyPrefix.utf8) else {
            let accessKey = try await accessKey(id)
            let caller = try await principals.caller(with: accessKey)
            if claim.securityToken != nil { throw .securityTokenMismatch }
            return Credential(caller: caller, key: try signingKey(of: accessKey))
        }
        guard let token = claim.securityToken else { throw .missingSecurityToken }
        let session = try tokens.session(in: token, of: claim.accessKeyID, at: now)
        let caller = try await principals.caller(in: session, accessKeyID: id)
        return Credential(caller: caller, key: session.key)
    }

    private func accessKey(_ id: String) async throws(KMSError) -> AccessKey {
        let found: AccessKey?
        do { found = try await store.accessKey(id) } catch {
            throw .unavailable("An access key cannot be read: \(error)")
        }
        guard let accessKey = found else {
            cache.forget(id)
            throw .accessKeyNotFound
        }
        guard accessKey.isActive else {
            cache.forget(id)
            throw .accessKeyInactive
        }
        return accessKey
    }

    private func signingKey(of accessKey: AccessKey) throws(KMSError) -> SigningKey {
        if let key = cache.key(of: accessKey) { return key }
        let key: SigningKey
        do { key = SigningKey(secret: try sealer.open(accessKey.sealedSecret, as: accessKey.sealedSubject)) } catch {
            throw switch error {
            case .refused: .internalFailure("The sealed secret of access key \(accessKey.id) does not open.")
            case .busy: .busy
            case .unavailable(let reason): .unavailable(reason)
            }
        }
        cache.insert(key, of: accessKey)
        return key
    }

    /// Where host name or port names the region, a signed RegionId may not name another (design 8).
    private func checkRegion(of request: SignedRequest) throws(KMSError) {
        guard request.isRegionNamed, let region = request.value("RegionId"),
            !region.elementsEqual(request.region.description.utf8)
        else { return }
        throw .regionNotServed("This endpoint serves \(request.region); leave RegionId out or name that.")
    }

    /// The mark of the nonce, whichever scheme brought it, or of the signature where there is none.
    private func mark(_ claim: SignatureClaim, signature: [UInt8], of caller: Caller) -> ReplayMark {
        // The id has at most 128 bytes: one byte says how many, so that no two pairs give the same text.
        var message: [UInt8] = []
        message.reserveCapacity(192)
        message.append(UInt8(caller.accessKeyID.utf8.count))
        message.append(contentsOf: caller.accessKeyID.utf8)
        message.append(claim.nonce == nil ? 1 : 0)
        message.append(contentsOf: claim.nonce ?? signature[...])
        let digest = UUIDBytes(bytes: marks.code(message).prefix(16)) ?? .zero
        return ReplayMark(digest: digest, account: caller.account, timestamp: claim.timestamp)
    }
}

extension AccessKey {
    /// What the secret is sealed as.
    var sealedSubject: SealedSubject {
        .accessKeySecret(account: account, principal: identity.description, accessKeyID: id)
    }
}
