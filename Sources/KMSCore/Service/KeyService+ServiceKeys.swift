/// The keys that cloud services keep in an account (spec 14.1): one for each service and region, made on first use.
extension KeyService {
    /// The action under which the trail has the making of a service key.
    package static var serviceKeyAction: String { "ServiceCreateKey" }

    /// The service's own key where `reference` names it, made if it is not there; nil for whatever else is absent.
    ///
    /// To be asked only after the caller was permitted to use a key by an alias that names none.
    func serviceKey(_ reference: KeyReference, _ call: Call) async throws(KMSError) -> Key? {
        guard let code = call.caller.service, let name = AliasName.ofServiceKey(code), names(reference, name, call)
        else { return nil }
        if call.isDryRun { throw .dryRun }
        // Of several first uses at once, one makes the key and the others find it.
        try await makeServiceKey(of: code, name, call)
        return try await resolve(reference, demanding: KeyDemands(.all, acceptsAlias: true), call).existing()
    }

    private func names(_ reference: KeyReference, _ name: AliasName, _ call: Call) -> Bool {
        switch reference {
        case .alias(let own): own == name
        case .foreignAlias(let own, let account, let region):
            own == name && call.namespace.isNamed(account, region)
        default: false
        }
    }

    private func makeServiceKey(of code: ServiceCode, _ name: AliasName, _ call: Call) async throws(KMSError) {
        let holder = try holder(of: .aes256, for: .encryptDecrypt, level: .software, in: call.namespace.region)
        let versionID = KeyVersionID(ids.next())
        let key = Key(
            id: KeyID(ids.next()),
            namespace: call.namespace,
            spec: .aes256,
            usage: .encryptDecrypt,
            origin: .aliyunKMS,
            level: .software,
            backend: holder.backend,
            creator: code.description,
            creatorType: .service,
            createdAt: call.arrival,
            description: "",
            primaryVersion: versionID,
            lastRotation: call.arrival
        )
        let identity = VersionIdentity(id: versionID, of: key, algorithm: holder.algorithm)
        let version = try await makeVersion(identity, at: call.arrival)
        let alias = Alias(name: name, namespace: call.namespace, key: key.id)
        let record = record(ofServiceKey: key, version: versionID, call)
        let change = Change([.insertKey(key), .insertVersion(version), .insertAlias(alias)], audit: record)
        do { try await store.apply(change) } catch {
            switch error {
            case .aliasExists: return
            case .limitReached: throw .limitExceeded("The account's quota of aliases is used up.")
            default: throw .internalFailure("Writing the store failed: \(error)")
            }
        }
        do { try audit.write(record) } catch {
            throw .unavailable("The audit trail cannot be written: \(error.reason)")
        }
        store.acknowledgeAudit(of: record.requestID)
        observer.completed(record, error: nil)
    }

    /// A record of its own, beside that of the request that was the first use.
    private func record(ofServiceKey key: Key, version: KeyVersionID, _ call: Call) -> AuditRecord {
        AuditRecord(
            time: call.arrival,
            requestID: ids.next(),
            account: key.namespace.account,
            principal: call.caller.principal,
            principalID: call.caller.identity.description,
            accessKeyID: call.caller.accessKeyID,
            region: key.namespace.region,
            source: call.source,
            action: Self.serviceKeyAction,
            resources: [key.resourceName.description],
            key: key.id,
            version: version,
            outcome: .success,
            errorCode: nil,
            duration: 0
        )
    }
}

extension AliasName {
    /// `alias/acs/` and the code in lower case, such as `alias/acs/oss`.
    package static func ofServiceKey(_ code: ServiceCode) -> AliasName? {
        AliasName("alias/acs/\(code.description.lowercased())")
    }
}
