internal import KMSCore
internal import Testing

/// The sentences of ``AccountStore``.
package enum AccountStoreContract {
    package static let clauses: [ContractClause<WorkingStore>] = [
        .init("accounts and their access keys come back as given, in the order of their creation") { store in
            let accounts = ["20", "3", "100"].compactMap { AccountID($0) }.map { Account(id: $0, createdAt: noon) }
            #expect(try await store.account(accounts[0].id) == nil)
            for account in accounts { try await store.apply(Change([.insertAccount(account)])) }
            #expect(try await store.accounts() == accounts)
            #expect(try await store.account(accounts[1].id) == accounts[1])
            let keys = ["b", "a", "B"].map { accessKey($0, of: accounts[0], isActive: $0 != "a") }
            #expect(try await store.accessKey("a") == nil)
            for key in keys { try await store.apply(Change([.access(.insertAccessKey(key, limit: nil))])) }
            for key in keys { #expect(try await store.accessKey(key.id) == key) }
            #expect(try await store.accessKeys(of: accounts[0].id) == keys)
            #expect(try await store.accessKeys(of: accounts[1].id).isEmpty)
        },
        .init("an account or access key that exists is not made again") { store in
            let account = Account(id: Namespace.example().account, createdAt: noon)
            try await store.apply(
                Change([.insertAccount(account), .access(.insertAccessKey(accessKey("id", of: account), limit: nil))])
            )
            for step in [
                Change.Step.insertAccount(account), .access(.insertAccessKey(accessKey("id", of: account), limit: nil)),
            ] {
                await #expect(throws: StoreError.alreadyExists) { try await store.apply(Change([step])) }
            }
        },
        .init("an access key without its account is refused") { store in
            let account = Account(id: Namespace.example().account, createdAt: noon)
            await #expect(throws: StoreError.conflict) {
                try await store.apply(Change([.access(.insertAccessKey(accessKey("id", of: account), limit: nil))]))
            }
        },
        .init("access key ids are compared as bytes") { store in
            let account = Account(id: Namespace.example().account, createdAt: noon)
            try await store.apply(
                Change([.insertAccount(account), .access(.insertAccessKey(accessKey("Key", of: account), limit: nil))])
            )
            #expect(try await store.accessKey("key") == nil)
            #expect(try await store.accessKey("Key ") == nil)
            #expect(try await store.accessKey("Key\u{0}") == nil)
            // The Kelvin sign is canonically a K.
            #expect(try await store.accessKey("\u{212A}ey") == nil)
            #expect(try await store.accessKey("Key") != nil)
        },
    ]

    private static func accessKey(_ id: String, of account: Account, isActive: Bool = true) -> AccessKey {
        AccessKey(
            id: id,
            account: account.id,
            identity: .root,
            isActive: isActive,
            createdAt: noon,
            sealedSecret: Array(id.utf8) + [0, 255]
        )
    }
}
