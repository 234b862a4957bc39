package import KMSCore
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

/// The sentences of ``SlotStore``.
package enum SlotStoreContract {
    package typealias Store = any KeyStore & AccountStore & SlotStore

    package static let clauses: [ContractClause<Store>] = [
        .init("the slot table comes back as it was created, and is created once") { store in
            #expect(try await store.slotTable() == nil)
            #expect(try await !store.holdsSealedRows())
            let table = SlotStoreContract.table(generation: 1)
            try await store.createSlotTable(table)
            #expect(try await store.slotTable() == table)
            #expect(try await !store.holdsSealedRows())
            await #expect(throws: StoreError.alreadyExists) {
                try await store.createSlotTable(SlotStoreContract.table(generation: 2))
            }
            #expect(try await store.slotTable() == table)
        },
        .init("no slot table is created where a key, even a retired one, or an account lies") { store in
            let key = Key.example(.number(1))
            try await store.insert(key)
            #expect(try await store.holdsSealedRows())
            try await store.retire(key)
            #expect(try await store.holdsSealedRows())
            await #expect(throws: StoreError.alreadyExists) { try await store.createSlotTable(table(generation: 1)) }
            try await store.apply(Change([.destroyKey(key.id)]))
            #expect(try await !store.holdsSealedRows())
            try await store.apply(Change([.insertAccount(Account(id: key.namespace.account, createdAt: noon))]))
            #expect(try await store.holdsSealedRows())
            await #expect(throws: StoreError.alreadyExists) { try await store.createSlotTable(table(generation: 1)) }
            #expect(try await store.slotTable() == nil)
        },
        .init("of many that create the slot table exactly one does") { store in
            let winners = try await withThrowingTaskGroup(of: UInt32?.self) { group in
                for generation in UInt32(1)...10 {
                    group.addTask {
                        do { try await store.createSlotTable(table(generation: generation)) } catch StoreError
                            .alreadyExists
                        {
                            return nil
                        }
                        return generation
                    }
                }
                return try await group.reduce(into: [UInt32]()) { if let one = $1 { $0.append(one) } }
            }
            #expect(winners.count == 1)
            #expect(try await store.slotTable()?.generation == winners.first)
        },
    ]

    private static func table(generation: UInt32) -> SlotTable {
        SlotTable(
            databaseID: .number(5),
            generation: generation,
            slots: [[1], [], Array(repeating: 7, count: 300)],
            authenticationCode: Array(repeating: 9, count: 32)
        )
    }
}
