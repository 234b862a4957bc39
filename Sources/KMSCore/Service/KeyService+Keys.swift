/// What a reference turned out to name, before anybody may know.
package enum ResolvedKey: Sendable {
    /// The key, with its tags where the caller's policies look at tags.
    case found(Key, tags: [Tag])
    /// There is no such key for this caller: the resource to test the permission on, and what to answer then.
    case absent(ResourceName, KMSError)

    /// The resource that a permission is tested on.
    package var resource: Resource {
        switch self {
        case .found(let key, let tags): Resource(key.resourceName, tags: tags)
        case .absent(let name, _): Resource(name)
        }
    }

    /// The key, or the error of one that does not exist.
    package func existing() throws(KMSError) -> Key {
        switch self {
        case .found(let key, _): return key
        case .absent(_, let error): throw error
        }
    }
}

extension KeyService {
    /// The key behind an id, ARN or alias: found, permitted and in a state that the operation accepts.
    package func key<O: Operation & ~Copyable>(
        _ reference: KeyReference,
        for operation: O.Type,
        _ call: Call
    ) async throws(KMSError) -> Key {
        var resolved = try await resolve(reference, demanding: O.demands, call)
        try permit(O.name, on: [resolved.resource], call)
        if case .absent = resolved, O.demands.serviceKeys == .made,
            let made = try await serviceKey(reference, call)
        {
            resolved = .found(made, tags: [])
            try permit(O.name, on: [resolved.resource], call)
        }
        let key = try resolved.existing()
        try judge(key, by: O.demands, call)
        call.touch(key.id)
        return key
    }

    /// Finds out silently what a reference names; the answer is not to be shown before a permission was tested.
    package func resolve(
        _ reference: KeyReference,
        demanding demands: KeyDemands,
        _ call: Call
    ) async throws(KMSError) -> ResolvedKey {
        switch reference {
        case .id(let id):
            return try await resolve(id, call)
        case .key(let id, let account, let region):
            let absent = ResolvedKey.absent(.key(id, in: call.namespace), .keyNotFound)
            return call.namespace.isNamed(account, region) ? try await resolve(id, call) : absent
        case .alias, .foreignAlias, .impossibleAlias:
            guard demands.acceptsAlias else { throw .aliasNotAccepted }
            return try await resolve(alias: reference, call)
        case .unknown:
            return .absent(.key(.absent, in: call.namespace), .keyNotFound)
        }
    }

    private func resolve(_ id: KeyID, _ call: Call) async throws(KMSError) -> ResolvedKey {
        if let key = try await reading({ () async throws(StoreError) in try await store.key(id, in: call.namespace) }),
            !key.isGone(at: call.arrival)
        {
            return .found(key, tags: try await tagsForPolicies(of: key, call))
        }
        return .absent(.key(id, in: call.namespace), .keyNotFound)
    }

    private func tagsForPolicies(of key: Key, _ call: Call) async throws(KMSError) -> [Tag] {
        guard call.caller.authorizer.asksForTags else { return [] }
        return try await reading { () async throws(StoreError) in try await store.tags(of: key.id, in: key.namespace) }
    }

    private func resolve(alias reference: KeyReference, _ call: Call) async throws(KMSError) -> ResolvedKey {
        let absent = ResolvedKey.absent(.key(.absent, in: call.namespace), .aliasNotFound)
        let name: AliasName
        switch reference {
        case .alias(let own): name = own
        case .foreignAlias(let own, let account, let region) where call.namespace.isNamed(account, region): name = own
        default: return absent
        }
        guard let alias = try await alias(name, call) else { return absent }
        let resolved = try await resolve(alias.key, call)
        if case .absent = resolved { return absent }
        return resolved
    }

    /// The alias of that name, or nil; silently.
    package func alias(_ name: AliasName, _ call: Call) async throws(KMSError) -> Alias? {
        try await reading { () async throws(StoreError) in try await store.alias(name, in: call.namespace) }
    }

    /// The version that made a ciphertext and its key, or what stands for one that does not exist.
    package func resolve(
        _ blob: CiphertextBlob,
        _ call: Call
    ) async throws(KMSError) -> (key: ResolvedKey, version: KeyVersion?) {
        let version = try await reading { () async throws(StoreError) in try await store.version(blob.version) }
        guard let version, version.identity.namespace == call.namespace else {
            return (.absent(.key(.absent, in: call.namespace), .keyNotFound), nil)
        }
        return (try await resolve(version.identity.key, call), version)
    }

    /// Tests `kms:<action>` on every one of `resources`; the first that is denied is named.
    package func permit(_ action: StaticString, on resources: [Resource], _ call: Call) throws(KMSError) {
        for resource in resources { call.touch(resource.name) }
        for resource in resources where !call.decide("kms:\(action)", on: resource).isAllowed {
            throw .notPermitted(resource.name)
        }
    }

    /// Refuses a key whose manager or state does not allow what is asked.
    package func judge(_ key: Key, by demands: KeyDemands, _ call: Call) throws(KMSError) {
        let state = key.state(at: call.arrival)
        if demands.serviceKeys == .refused, key.creatorType == .service { throw .serviceKeyIsFixed }
        guard !demands.states.includes(state) else { return }
        switch demands.refusal {
        case .stateByName: throw .rejected(state)
        case .notModified: throw .stateNotModified(state)
        }
    }

    /// What a read of the store gives; a store that does not work is a 503, since nothing was done.
    package func reading<Value>(
        _ read: () async throws(StoreError) -> Value
    ) async throws(KMSError) -> Value {
        do { return try await read() } catch { throw .unavailable("Reading the store failed: \(error)") }
    }
}

extension Namespace {
    /// Whether an ARN with these parts lies in this namespace.
    func isNamed(_ account: String, _ region: String) -> Bool {
        self.account.description.utf8.elementsEqual(account.utf8)
            && self.region.description.utf8.elementsEqual(region.utf8)
    }
}
