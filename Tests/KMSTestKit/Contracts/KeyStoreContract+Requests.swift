internal import KMSCore
internal import Testing

extension KeyStoreContract {
    static let replays: [ContractClause<WorkingStore>] = [
        .init("a nonce serves one change only") { store in
            let account = Namespace.example().account
            func change(_ key: Int, _ mark: Int, _ second: Int64) -> Change {
                Change(
                    [.insertKey(.example(.number(key)))],
                    replay: ReplayMark(
                        digest: .number(mark),
                        account: account,
                        timestamp: noon.adding(seconds: second)
                    )
                )
            }
            try await store.apply(change(1, 1, 0))
            await #expect(throws: StoreError.replayed) { try await store.apply(change(2, 1, 0)) }
            #expect(try await store.key(KeyID(.number(2)), in: .example()) == nil)
            // Not forgotten while a request of its time may still be accepted.
            for index in 0..<10 { try await store.apply(change(10 + index, 10 + index, 1_800)) }
            await #expect(throws: StoreError.replayed) { try await store.apply(change(3, 1, 0)) }
            #expect(try await store.list().totalCount == 11)
        },
        .init("the record of a change is kept with it until it is acknowledged") { store in
            let records = (1...3).map { AuditRecord.example(.number($0)) }
            for (index, record) in records.enumerated() {
                try await store.apply(Change([.insertKey(.example(.number(10 + index)))], audit: record))
            }
            await #expect(throws: StoreError.alreadyExists) {
                try await store.apply(Change([.insertKey(.example(.number(10)))], audit: .example(.number(4))))
            }
            var lines = try await store.unacknowledgedAuditLines()
            #expect(lines.map(\.requestID) == records.map(\.requestID))
            #expect(lines.map(\.line) == records.map(\.line))
            store.acknowledgeAudit(of: records[1].requestID)
            lines = try await store.unacknowledgedAuditLines()
            #expect(lines.map(\.requestID) == [records[0].requestID, records[2].requestID])
            store.acknowledgeAudit(of: records[0].requestID)
            await #expect(throws: StoreError.alreadyExists) { try await store.insert(.example(.number(10))) }
            try await store.insert(.example(.number(20)))
            #expect(try await store.unacknowledgedAuditLines().map(\.requestID) == [records[2].requestID])
        },
    ]

    static let concurrency: [ContractClause<WorkingStore>] = [
        .init("of many that change one revision exactly one succeeds") { store in
            var key = Key.example(.number(1))
            try await store.insert(key)
            for round in 1...5 {
                let read = key
                let winners = try await withThrowingTaskGroup(of: Key?.self) { group in
                    for rival in 0..<20 {
                        group.addTask {
                            let changed = read.changed { $0.description = "\(round)/\(rival)" }
                            do { try await store.apply(Change([.updateKey(from: read, to: changed)])) } catch StoreError
                                .conflict
                            {
                                return nil
                            }
                            return changed
                        }
                    }
                    return try await group.reduce(into: [Key]()) { if let key = $1 { $0.append(key) } }
                }
                #expect(winners.count == 1)
                key = try #require(winners.first)
                #expect(try await store.key(key.id, in: key.namespace) == key)
            }
        },
        .init("two hundred keys made at once are all there, whatever fails beside them") { store in
            let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...200 {
                    group.addTask {
                        let key = Key.example(.number(number))
                        let version = key.exampleVersion(.number(1_000 + number))
                        try await store.apply(
                            Change([.insertKey(key), .insertVersion(version), .insertAlias(key.alias("n\(number)"))])
                        )
                        return try await store.key(key.id, in: key.namespace) == key
                    }
                    group.addTask {
                        // Refused at its last step, in the same transaction perhaps as a neighbour's change.
                        let key = Key.example(.number(10_000 + number))
                        do {
                            try await store.apply(
                                Change([
                                    .insertKey(key), .insertAlias(key.alias("lost\(number)")),
                                    .expectKey(.example(.number(99_999))),
                                ])
                            )
                            return false
                        } catch StoreError.conflict { return true }
                    }
                }
                return try await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(outcomes.count == 400 && outcomes.allSatisfy { $0 })
            let (first, second) = (try await store.list(page: 1, size: 100), try await store.list(page: 2, size: 100))
            #expect(Set(first.rows + second.rows) == Set((1...200).map { KeyID(.number($0)) }))
            #expect(first.totalCount == 200)
            #expect(try await store.listAliases().totalCount == 200)
        },
        .init("of many that take one name exactly one has it") { store in
            let keys = (1...20).map { Key.example(.number($0)) }
            for key in keys { try await store.insert(key) }
            let winners = try await withThrowingTaskGroup(of: KeyID?.self) { group in
                for key in keys {
                    group.addTask {
                        do { try await store.apply(Change([.insertAlias(key.alias("one"))])) } catch StoreError
                            .aliasExists
                        {
                            return nil
                        }
                        return key.id
                    }
                }
                return try await group.reduce(into: [KeyID]()) { if let id = $1 { $0.append(id) } }
            }
            #expect(winners.count == 1)
            #expect(try await store.alias(.example("one"), in: .example())?.key == winners.first)
        },
    ]
}
