package import KMSCore
internal import Testing

/// The sentences of ``SlotStore``.
package enum SlotStoreContract {
    package typealias Store = any KeyStore & AccountStore & SlotStore

    package static let clauses: [ContractClause<Store>] = [
        .init("a slot table comes back as it was created, and is created once") { store in
            for name in SlotTableName.allCases {
                #expect(try await store.slotTable(name) == nil)
                #expect(try await !store.holdsSealedRows(of: name))
                let table = SlotStoreContract.table(generation: 1)
                try await store.createSlotTable(table, name)
                #expect(try await store.slotTable(name) == table)
                #expect(try await !store.holdsSealedRows(of: name))
                await #expect(throws: StoreError.alreadyExists) {
                    try await store.createSlotTable(SlotStoreContract.table(generation: 2), name)
                }
                #expect(try await store.slotTable(name) == table)
            }
        },
        .init("no slot table is created where a key, even a retired one, or an account lies") { store in
            let key = Key.example(.number(1))
            try await store.insert(key)
            #expect(try await store.holdsSealedRows(of: .server))
            try await store.retire(key)
            #expect(try await store.holdsSealedRows(of: .server))
            await #expect(throws: StoreError.alreadyExists) {
                try await store.createSlotTable(table(generation: 1), .server)
            }
            try await store.apply(Change([.destroyKey(key.id)]))
            #expect(try await !store.holdsSealedRows(of: .server))
            try await store.apply(Change([.insertAccount(Account(id: key.namespace.account, createdAt: noon))]))
            #expect(try await store.holdsSealedRows(of: .server))
            await #expect(throws: StoreError.alreadyExists) {
                try await store.createSlotTable(table(generation: 1), .server)
            }
            #expect(try await store.slotTable(.server) == nil)
        },
        .init("the key process's table is kept from being made anew by its own keys alone") { store in
            try await store.insert(Key.example(.number(1)))
            #expect(try await !store.holdsSealedRows(of: .hsm))
            try await store.insert(Key.example(.number(2), level: .hsm, backend: "keyhold-hsm"))
            #expect(try await store.holdsSealedRows(of: .hsm))
            await #expect(throws: StoreError.alreadyExists) {
                try await store.createSlotTable(table(generation: 1), .hsm)
            }
        },
        .init("a slot table is replaced from the one that was read, and no other") { store in
            for name in SlotTableName.allCases {
                await #expect(throws: StoreError.conflict) {
                    try await store.replaceSlotTable(table(generation: 2), name, replacing: code(1))
                }
                try await store.createSlotTable(table(generation: 1), name)
            }
            let name = SlotTableName.server
            try await store.replaceSlotTable(table(generation: 2), name, replacing: code(1))
            #expect(try await store.slotTable(name) == table(generation: 2))
            await #expect(throws: StoreError.conflict) {
                try await store.replaceSlotTable(table(generation: 3), name, replacing: code(1))
            }
            #expect(try await store.slotTable(name) == table(generation: 2))
            #expect(try await store.slotTable(.hsm) == table(generation: 1))
        },
        .init("of many that create the slot table exactly one does") { store in
            let winners = try await winners(of: 1...10) { generation in
                try await store.createSlotTable(table(generation: generation), .server)
            }
            #expect(winners.count == 1)
            #expect(try await store.slotTable(.server)?.generation == winners.first)
        },
        .init("of many that replace the slot table exactly one does") { store in
            try await store.createSlotTable(table(generation: 1), .server)
            let winners = try await winners(of: 2...11) { generation in
                try await store.replaceSlotTable(table(generation: generation), .server, replacing: code(1))
            }
            #expect(winners.count == 1)
            #expect(try await store.slotTable(.server)?.generation == winners.first)
        },
    ]

    /// Those who were not told that they came too late.
    private static func winners(
        of generations: ClosedRange<UInt32>,
        _ attempt: @escaping @Sendable (UInt32) async throws -> Void
    ) async throws -> [UInt32] {
        try await withThrowingTaskGroup(of: UInt32?.self) { group in
            for generation in generations {
                group.addTask {
                    do { try await attempt(generation) } catch StoreError.alreadyExists, StoreError.conflict {
                        return nil
                    }
                    return generation
                }
            }
            return try await group.reduce(into: []) { if let one = $1 { $0.append(one) } }
        }
    }

    private static func table(generation: UInt32) -> SlotTable {
        SlotTable(
            databaseID: .number(5),
            generation: generation,
            slots: [[1], [], Array(repeating: UInt8(generation), count: 300)],
            authenticationCode: code(generation)
        )
    }

    private static func code(_ generation: UInt32) -> [UInt8] { Array(repeating: UInt8(generation), count: 32) }
}
