internal import KMSAccess
internal import KMSCore

/// Whoever may connect to the administration socket is the operator of the server, and acts for the account that the
/// request names as that account itself.
struct OperatorAuthenticator: Authenticator {
    /// The user of the operating system at the other end.
    let user: UInt32
    let ids: any IDSource
    let accounts: any AccountStore

    func authenticate(_ request: SignedRequest, at now: Timestamp) async throws(KMSError) -> Authenticated {
        let named = request.parameters.value(of: "AccountId") ?? []
        // Account 0 is nobody's: what belongs to an account must not be looked for, or made, there.
        guard !named.isEmpty || Self.isAdministrative(request) else { throw .missingCommon("AccountId") }
        let text = named.isEmpty ? "0" : String(decoding: named, as: UTF8.self)
        guard let account = AccountID(text) else { throw .invalid("AccountId", "Use 1 to 20 digits.") }
        if !named.isEmpty { try await demand(account) }
        let caller = Caller(
            account: account,
            identity: .root,
            principal: "operator/\(user)",
            accessKeyID: "",
            authorizer: RootAuthorizer()
        )
        // Nothing is signed, so nothing can be sent again by others.
        return Authenticated(caller: caller, mark: ReplayMark(digest: ids.next(), account: account, timestamp: now))
    }

    /// Whether the operation is one of the operator's own, which names an account itself where it needs one.
    private static func isAdministrative(_ request: SignedRequest) -> Bool {
        request.parameters.value(of: "Version")?.elementsEqual(Catalogue.administrationVersion.utf8) == true
    }

    private func demand(_ id: AccountID) async throws(KMSError) {
        let account: Account?
        do { account = try await accounts.account(id) } catch {
            throw .unavailable("Reading the store failed: \(error)")
        }
        guard account != nil else {
            throw KMSError(404, "EntityNotExist.Account", "The account does not exist.")
        }
    }
}

/// For requests that nobody else can have heard.
struct NoReplays: ReplayGuard {
    func claim(_: ReplayMark, at _: Timestamp) -> ReplayVerdict { .fresh }
}
