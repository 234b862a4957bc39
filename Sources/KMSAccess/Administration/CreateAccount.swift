internal import KMSCore

/// Makes an account, with an access key of its root identity.
struct CreateAccount: AccessOperation {
    static let name: StaticString = "CreateAccount"

    /// Nil for a random one.
    let account: AccountID?

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> CreateAccount {
        CreateAccount(account: try parameters.accountID("NewAccountId"))
    }

    struct Answer: Response {
        let accessKey: AccessKey
        let secret: SecretBox

        func write(to fields: inout some FieldWriter) {
            fields.text("AccountId", accessKey.account.description)
            fields.object("AccessKey") { fields in
                fields.text("AccessKeyId", accessKey.id)
                fields.secret("AccessKeySecret", secret)
            }
        }
    }

    func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        // Sixteen digits, as Alibaba's account ids have.
        guard let account = account ?? AccountID(String(service.newEntityID().prefix(16))),
            account.description.contains(where: { $0 != "0" })
        else {
            throw .incorrect("NewAccountId", "Use 1 to 20 digits, and not 0.")
        }
        let (accessKey, secret) = try service.makeAccessKey(of: .root, in: account, at: call.arrival)
        call.touch(.ram("root", of: account))
        let steps: [Change.Step] = [
            .insertAccount(Account(id: account, createdAt: call.arrival)),
            .access(.insertAccessKey(accessKey, limit: AccessLimits.accessKeysPerUser)),
        ]
        guard case .made = try await service.commit(steps, call) else { throw .accountExists }
        return Answer(accessKey: accessKey, secret: secret)
    }
}

/// Lists the accounts with the access keys of their root identities.
struct ListAccounts: AccessOperation {
    static let name: StaticString = "ListAccounts"

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> ListAccounts { ListAccounts() }

    struct Answer: Response {
        let accounts: [(account: Account, accessKeys: [AccessKey])]

        func write(to fields: inout some FieldWriter) {
            fields.list("Accounts", of: "Account", accounts) { fields, row in
                fields.text("AccountId", row.account.id.description)
                fields.date("CreateDate", row.account.createdAt)
                fields.list("AccessKeys", of: "AccessKey", row.accessKeys) { fields, key in
                    fields.text("AccessKeyId", key.id)
                    fields.text("Status", key.isActive ? "Active" : "Inactive")
                    fields.date("CreateDate", key.createdAt)
                }
            }
        }
    }

    func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        try await service.reading { () async throws(StoreError) in
            var rows: [(account: Account, accessKeys: [AccessKey])] = []
            for account in try await service.store.accounts() {
                rows.append((account, try await service.store.accessKeys(of: .root, in: account.id)))
            }
            return Answer(accounts: rows)
        }
    }
}

extension AccessParameters {
    mutating func accountID(_ name: StaticString) throws(KMSError) -> AccountID? {
        guard let text = try optionalText(name, limit: 20) else { return nil }
        guard let account = AccountID(text) else { throw .incorrect("\(name)", "Use 1 to 20 digits.") }
        return account
    }
}

extension KMSError {
    static let accountExists = KMSError(409, "EntityAlreadyExists.Account", "The account does already exist.")
}
