internal import KMSCore
internal import Testing

extension KeyStore {
    fileprivate func counts(_ subjects: [Quota.Subject], at now: Timestamp = noon) async throws -> [Int] {
        var counts: [Int] = []
        for subject in subjects { counts.append(try await count(of: subject, in: .example(), at: now)) }
        return counts
    }
}

extension Quota {
    fileprivate static func example(_ subject: Subject, _ limit: Int, at moment: Timestamp = noon) -> Quota {
        Quota(subject, in: .example(), at: moment, limit: limit)
    }
}

extension KeyStoreContract {
    static let quotas: [ContractClause<WorkingStore>] = [
        .init("a quota counts the users' keys of one namespace, and refuses what goes beyond it whole") { store in
            try await store.insert(
                .example(.number(1)),
                .example(.number(2), spec: .rsa2048, usage: .signVerify),
                .example(.number(3), creatorType: .service),
                .example(.number(4), in: .example("2")),
                .example(.number(5), in: .example("1000000000000001", "cn-beijing"))
            )
            #expect(try await store.counts([.keys]) == [2])
            let third = Key.example(.number(6))
            let steps: [Change.Step] = [.insertKey(third), .insertVersion(third.exampleVersion(.number(7)))]
            await #expect(throws: StoreError.limitReached) {
                try await store.apply(Change(steps + [.keepWithin(.example(.keys, 2))]))
            }
            #expect(try await store.counts([.keys, .versions]) == [2, 0])
            try await store.apply(Change(steps + [.keepWithin(.example(.keys, 3))]))
            #expect(try await store.counts([.keys, .versions]) == [3, 1])
        },
        .init("a key in its window counts, with what belongs to it, until the moment that it is gone") { store in
            let (staying, ending) = (Key.example(.number(1)), Key.example(.number(2)))
            try await store.insert(staying, ending)
            for number in 0..<3 {
                let version = ending.exampleVersion(.number(10 + number))
                try await store.apply(Change([.insertVersion(version), .insertAlias(ending.alias("n\(number)"))]))
            }
            try await store.apply(Change([.insertVersion(staying.exampleVersion(.number(20)))]))
            let subjects: [Quota.Subject] = [
                .keys, .aliases, .versions, .versionsOfKey(ending.id), .versionsOfKey(staying.id),
            ]
            try await store.change(ending) { $0.deleteAt = noon }
            #expect(try await store.counts(subjects, at: noon.adding(seconds: -1)) == [2, 3, 4, 3, 1])
            #expect(try await store.counts(subjects) == [1, 0, 1, 0, 1])
            try await store.apply(Change([.keepWithin(.example(.keys, 1)), .keepWithin(.example(.aliases, 0))]))
            await #expect(throws: StoreError.limitReached) {
                let before = noon.adding(seconds: -1)
                try await store.apply(Change([.keepWithin(.example(.versions, 3, at: before))]))
            }
            let current = try #require(try await store.key(ending.id, in: ending.namespace))
            try await store.apply(Change([.retireKey(current)]))
            #expect(try await store.counts(subjects) == [1, 0, 1, 0, 1])
            #expect(try await store.counts(subjects, at: noon.adding(seconds: -1)) == [1, 0, 1, 0, 1])
            try await store.apply(Change([.destroyMaterial(of: ending.id)]))
            try await store.apply(Change([.destroyKey(ending.id)]))
            #expect(try await store.counts(subjects) == [1, 0, 1, 0, 1])
        },
        .init("aliases and versions are counted as they come, move and go") { store in
            let (first, second) = (Key.example(.number(1)), Key.example(.number(2)))
            try await store.insert(first, second)
            try await store.apply(Change([.insertAlias(first.alias("a")), .keepWithin(.example(.aliases, 1))]))
            await #expect(throws: StoreError.limitReached) {
                try await store.apply(Change([.insertAlias(first.alias("b")), .keepWithin(.example(.aliases, 1))]))
            }
            try await store.apply(
                Change([
                    .moveAlias(.example("a"), in: first.namespace, from: first.id, to: second.id),
                    .keepWithin(.example(.aliases, 1)),
                ])
            )
            try await store.apply(
                Change([.deleteAlias(.example("a"), in: first.namespace, pointingTo: second.id)])
            )
            try await store.apply(Change([.insertAlias(first.alias("b")), .keepWithin(.example(.aliases, 1))]))
            try await store.apply(
                Change([.insertVersion(first.exampleVersion(.number(3))), .keepWithin(.example(.versions, 1))])
            )
            for quota in [Quota.example(.versions, 1), .example(.versionsOfKey(first.id), 1)] {
                await #expect(throws: StoreError.limitReached) {
                    let version = first.exampleVersion(.number(4))
                    try await store.apply(Change([.insertVersion(version), .keepWithin(quota)]))
                }
            }
            try await store.apply(
                Change([
                    .insertVersion(second.exampleVersion(.number(5))), .keepWithin(.example(.versions, 2)),
                    .keepWithin(.example(.versionsOfKey(second.id), 1)),
                ])
            )
            #expect(try await store.counts([.versionsOfKey(KeyID(.number(9)))]) == [0])
        },
        .init("of many keys that are made at once, as many as the quota allows are there") { store in
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...60 {
                    group.addTask {
                        let key = Key.example(.number(number))
                        let steps: [Change.Step] = [
                            .insertKey(key), .insertVersion(key.exampleVersion(.number(1_000 + number))),
                        ]
                        let change = Change(steps + [.keepWithin(.example(.keys, 25))])
                        do { try await store.apply(change) } catch StoreError.limitReached { return false }
                        return true
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 25)
            #expect(try await store.counts([.keys, .versions]) == [25, 25])
            #expect(try await store.list().totalCount == 25)
        },
    ]
}
