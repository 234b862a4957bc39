package import KMSCore
internal import KMSCrypto

/// Gives temporary credentials with which the caller acts in a role. Nothing is stored: the token says it all.
package struct AssumeRole: AccessOperation {
    package static let name: StaticString = "AssumeRole"
    static let action = "sts:AssumeRole"
    /// Characters of a session policy.
    static let policyLimit = 2_048
    private static let durations = 900...AccessLimits.sessionDuration.upperBound
    private static let defaultDuration = 3_600
    /// Seconds that a session may last which another session began.
    private static let chainedDuration = 3_600

    let role: RoleAddress
    let session: SessionName
    /// What the session may at most; nil for all that the role may.
    let policy: String?
    /// Seconds
    let duration: Int
    let externalID: String?

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> AssumeRole {
        let role = try parameters.roleAddress()
        let session = try parameters.sessionName()
        let policy = try parameters.sessionPolicy(limit: policyLimit)
        let duration: Int
        do { duration = try parameters.integer("DurationSeconds", in: durations) ?? defaultDuration } catch {
            throw .durationBeyondLimit
        }
        let externalID = try parameters.externalID()
        return AssumeRole(role: role, session: session, policy: policy, duration: duration, externalID: externalID)
    }

    package struct Answer: Response {
        let accessKeyID: String
        let secret: SecretBox
        let token: String
        let expiration: Timestamp
        let role: Role
        let session: SessionName

        package func write(to fields: inout some FieldWriter) {
            fields.object("Credentials") {
                $0.text("AccessKeyId", accessKeyID)
                $0.secret("AccessKeySecret", secret)
                $0.text("SecurityToken", token)
                $0.date("Expiration", expiration)
            }
            fields.object("AssumedRoleUser") {
                $0.text("Arn", "\(role.resourceName)/\(session)")
                $0.text("AssumedRoleId", "\(role.id):\(session)")
            }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        let caller = call.caller
        if case .root = caller.identity {
            call.touch(role.resourceName)
            throw .rootAssumesNoRole
        }
        try service.permit(Self.action, on: role.resourceName, call)
        // A chain of roles must not lead out of what a session policy allows.
        if caller.session?.isNarrowed == true { throw .narrowedSession }
        let found = try await service.reading { () async throws(StoreError) in
            try await service.store.role(named: role.name, in: role.account)
        }
        guard let found else { throw role.account == caller.account ? .roleNotFound : .notTrusted(role.resourceName) }
        try checkTrust(of: found, call)
        var longest = found.maximumDuration
        if case .session = caller.identity { longest = min(longest, Self.chainedDuration) }
        guard duration <= longest else { throw .durationBeyondLimit }
        return try makeSession(of: found, try await actingService(of: caller, in: service), call, service.sealer)
    }

    private func checkTrust(of role: Role, _ call: Call) throws(KMSError) {
        guard let assumer = RoleAssumer(call.caller) else { throw .rootAssumesNoRole }
        let trust: TrustPolicy
        do { trust = try TrustPolicy(role.trustPolicy) } catch {
            throw .internalError("The trust policy of \(role.resourceName): \(error)")
        }
        let conditions = RequestConditions(
            time: call.arrival,
            source: call.source,
            isSecureTransport: call.isSecureTransport,
            externalID: externalID
        )
        guard trust.decide(assumer, conditions).isAllowed else { throw .notTrusted(role.resourceName) }
    }

    /// The service itself. A session that it began does not hand its code on: the next role trusts that session, and
    /// has not said that it trusts the service.
    private func actingService(
        of caller: Caller,
        in service: AccessService
    ) async throws(KMSError) -> SessionClaims.ActingService? {
        guard case .service(let code) = caller.identity else { return nil }
        let registered = try await service.registered(code)
        return SessionClaims.ActingService(code: code, registeredAt: registered.createdAt)
    }

    private func makeSession(
        of role: Role,
        _ service: SessionClaims.ActingService?,
        _ call: Call,
        _ sealer: any Sealer
    ) throws(KMSError) -> Answer {
        let accessKeyID: String
        let record: SessionRecord
        // Whole seconds, as the answer shows it; what a session begins ends with it.
        let asked = Timestamp(seconds: call.arrival.seconds + Int64(duration))
        let expiration = min(asked, call.caller.session?.expiresAt ?? asked)
        do throws(CryptoError) {
            accessKeyID = SecurityTokens.accessKeyPrefix + (try Base62.text(characterCount: 20))
            let claims = SessionClaims(
                accessKeyDigest: SHA256.digest(Array(accessKeyID.utf8)),
                expiresAt: expiration,
                account: role.account,
                role: role.id,
                roleRevision: role.revision,
                session: session,
                service: service,
                policy: policy
            )
            record = SessionRecord(claims: claims, secret: try Base62.secret(characterCount: 44))
        } catch { throw .internalError("Temporary credentials cannot be made: \(error)") }
        let token = try SecurityTokens.token(record, sealedBy: sealer)
        // The record then names whose the session's own records are.
        call.touch(.ram("role/\(role.name)/\(session)", of: role.account))
        call.touch(.ram("accesskey/\(accessKeyID)", of: role.account))
        return Answer(
            accessKeyID: accessKeyID,
            secret: SecretBox(record.takeSecret()),
            token: token,
            expiration: expiration,
            role: role,
            session: session
        )
    }
}

extension RoleAssumer {
    /// The caller as trust policies name it, by the name in its ``Caller/principal``.
    fileprivate init?(_ caller: Caller) {
        let parts = caller.principal.split(separator: "/")
        switch caller.identity {
        case .root: self = .root(caller.account)
        case .user:
            guard parts.count == 2, let name = UserName(String(parts[1])) else { return nil }
            self = .user(caller.account, name)
        case .session:
            guard parts.count == 3, let name = RoleName(String(parts[1])) else { return nil }
            self = .role(caller.account, name)
        case .service(let code): self = .service(code)
        }
    }
}
