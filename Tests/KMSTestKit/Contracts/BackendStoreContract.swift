package import KMSCore
internal import Testing

/// The sentences of ``BackendStore``.
package enum BackendStoreContract {
    package static let clauses: [ContractClause<any BackendStore>] = [
        .init("backends come back as they were inserted, by name") { store in
            #expect(try await store.backends().isEmpty)
            for (name, number) in [("pkcs11", 1), ("b", 2), ("c-9", 3)] as [(String, UInt8)] {
                try await store.insertBackend(backend(name, number))
            }
            #expect(try await store.backends() == [backend("b", 2), backend("c-9", 3), backend("pkcs11", 1)])
        },
        .init("a name and a wrapping key are each known once") { store in
            try await store.insertBackend(backend("a", 1))
            for other in [backend("a", 2), backend("b", 1), backend("a", 1)] {
                await #expect(throws: StoreError.alreadyExists) { try await store.insertBackend(other) }
            }
            #expect(try await store.backends() == [backend("a", 1)])
        },
        .init("of many that insert a backend exactly one does") { store in
            let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
                for number in 1...10 as ClosedRange<UInt8> {
                    group.addTask {
                        do { try await store.insertBackend(backend("a", number)) } catch StoreError.alreadyExists {
                            return nil
                        }
                        return number
                    }
                }
                return try await group.reduce(into: [UInt8]()) { if let one = $1 { $0.append(one) } }
            }
            #expect(winners.count == 1)
            #expect(try await store.backends() == winners.map { backend("a", $0) })
        },
    ]

    private static func backend(_ name: String, _ number: UInt8) -> Backend {
        Backend(
            name: name,
            wrappingKeyID: [UInt8](repeating: number, count: 16),
            generation: UInt32(number),
            sample: [1, number],
            checkValue: [UInt8](repeating: number &+ 100, count: 16),
            createdAt: Timestamp(seconds: 1_700_000_000 + Int64(number))
        )
    }
}
