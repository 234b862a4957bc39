internal import KMSCore
internal import Testing

extension KeyStoreContract {
    static let meters: [ContractClause<WorkingStore>] = [
        .init("uses are reserved from where they stand, for each version by itself") { store in
            let key = Key.example(.number(1))
            let (first, second) = (key.exampleVersion(.number(2)), key.exampleVersion(.number(3)))
            try await store.apply(Change([.insertKey(key), .insertVersion(first), .insertVersion(second)]))
            #expect(try await store.reservedUses(of: first.id) == 0)
            try await store.apply(Change([.reserveUses(of: first.id, from: 0, to: 5)]))
            try await store.apply(Change([.reserveUses(of: first.id, from: 5, to: 1 << 32)]))
            #expect(try await store.reservedUses(of: first.id) == 1 << 32)
            #expect(try await store.reservedUses(of: second.id) == 0)
            for (version, from) in [(first.id, Int64(5)), (second.id, 1), (KeyVersionID(.number(9)), 0)] {
                await #expect(throws: StoreError.conflict) {
                    try await store.apply(Change([.reserveUses(of: version, from: from, to: from + 1)]))
                }
            }
            #expect(try await store.reservedUses(of: first.id) == 1 << 32)
            #expect(try await store.reservedUses(of: KeyVersionID(.number(9))) == 0)
        },
        .init("of reservations at the same time, each counts once") { store in
            let key = Key.example(.number(1))
            let version = key.exampleVersion(.number(2))
            try await store.apply(Change([.insertKey(key), .insertVersion(version)]))
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        while true {
                            do {
                                let reserved = try await store.reservedUses(of: version.id)
                                try await store.apply(
                                    Change([.reserveUses(of: version.id, from: reserved, to: reserved + 10)])
                                )
                                return
                            } catch StoreError.conflict { continue } catch {
                                Issue.record("\(error)")
                                return
                            }
                        }
                    }
                }
            }
            #expect(try await store.reservedUses(of: version.id) == 200)
        },
    ]
}
