internal import KMSCore

/// Says whether a user, a role or an account itself may do something, and which statement of which policy decides.
///
/// It is decided as for a request that comes now, unless the parameters say otherwise; tags are those that the key has.
struct Explain: AccessOperation {
    static let name: StaticString = "Explain"

    /// `root`, `user/<name>` or `role/<name>`
    let principal: String
    /// Such as `kms:Encrypt`.
    let action: String
    let resource: String
    let source: String
    let isSecureTransport: Bool

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> Explain {
        Explain(
            principal: try parameters.text("Principal", limit: 128),
            action: try parameters.text("AskedAction", limit: 128),
            resource: try parameters.text("Resource", limit: 1_024),
            source: try parameters.optionalText("SourceIp", limit: 64) ?? "127.0.0.1",
            isSecureTransport: try parameters.boolean("SecureTransport") ?? true
        )
    }

    struct Answer: Response {
        let explanation: Explanation

        func write(to fields: inout some FieldWriter) {
            fields.boolean("IsAllowed", explanation.decision.isAllowed)
            fields.text("Explanation", explanation.text)
        }
    }

    func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        let account = call.caller.account
        let conditions = RequestConditions(
            time: call.arrival,
            source: source,
            isSecureTransport: isSecureTransport,
            tags: try await tags(of: account, in: service)
        )
        let question = AccessQuestion(action: action, resource: resource, conditions: conditions)
        let explainer = Explainer(store: service.store, policies: PolicyCache())
        do {
            return Answer(explanation: try await explainer.explain(principal, of: account, question))
        } catch {
            switch error {
            case .malformedPrincipal: throw .incorrect("Principal", error.description)
            case .noSuchPrincipal: throw KMSError(404, "EntityNotExist.Principal", error.description)
            case .policy: throw KMSError(400, "MalformedPolicyDocument", error.description)
            case .store(let cause): throw .unavailable("Reading the store failed: \(cause)")
            }
        }
    }

    /// The tags of the key that the resource names; none where it names none of the account's.
    private func tags(of account: AccountID, in service: AccessService) async throws(KMSError) -> [Tag] {
        let parts = resource.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "acs", parts[1] == "kms", parts[3] == account.description,
            let region = RegionID(String(parts[2])), parts[4].hasPrefix("key/"),
            let uuid = UUIDBytes(text: parts[4].utf8.dropFirst(4))
        else { return [] }
        let namespace = Namespace(account: account, region: region)
        return try await service.reading { () async throws(StoreError) in
            try await service.store.tags(of: KeyID(uuid), in: namespace)
        }
    }
}
