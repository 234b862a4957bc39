package import KMSCore
internal import Testing

extension KeyStoreContract {
    static let listings: [ContractClause<WorkingStore>] = [
        .init("keys are listed in the order of their creation, in pages, whoever reads which first") { store in
            // Ids fall while the order rises, so that no index on them passes for it.
            let keys = (1...25).map { Key.example(.number(100 - $0)) }
            for key in keys { try await store.insert(key) }
            for number in [3, 1, 2, 3, 4, 2, 1] {
                let page = try await store.list(page: number, size: 10)
                #expect(page.rows == keys.map(\.id).dropFirst((number - 1) * 10).prefix(10).map { $0 })
                #expect(page.totalCount == 25)
            }
            let far = try await store.list(page: Int.max, size: 100)
            #expect(far.rows.isEmpty && far.totalCount == 25)
            // A page that was not full grows.
            let late = Key.example(.number(200))
            try await store.insert(late)
            #expect(try await store.list(page: 3, size: 10).rows.last == late.id)
            #expect(try await store.list(page: 3, size: 10).totalCount == 26)
        },
        .init("pages hold what they should after keys have left them") { store in
            let keys = (1...9).map { Key.example(.number($0)) }
            for key in keys { try await store.insert(key) }
            var enabled = KeyFilter()
            enabled.states = [.enabled]
            #expect(try await store.list(page: 1, size: 3).rows == keys[0..<3].map(\.id))
            #expect(try await store.list(.example(), enabled, page: 1, size: 3).rows == keys[0..<3].map(\.id))
            #expect(try await store.list(.example(), enabled, page: 2, size: 3).rows == keys[3..<6].map(\.id))
            try await store.retire(keys[1])
            try await store.change(keys[2]) { $0.isDisabled = true }
            #expect(try await store.list(page: 2, size: 3).rows == keys[4..<7].map(\.id))
            #expect(try await store.list(.example(), enabled, page: 2, size: 3).rows == keys[5..<8].map(\.id))
            #expect(try await store.list(.example(), enabled, page: 3, size: 3).rows == keys[8...].map(\.id))
            #expect(try await store.list(.example(), enabled).totalCount == 7)
        },
        .init("every filter, at every moment, selects and counts what the facts and the clock say") { store in
            let keys = KeyStoreContract.everyFact()
            for start in stride(from: 0, to: keys.count, by: 64) {
                try await store.apply(Change(keys[start..<min(start + 64, keys.count)].map { .insertKey($0) }))
            }
            for filter in KeyStoreContract.filters() {
                for offset in [-1, 0, 1, 10] {
                    let now = noon.adding(seconds: Int64(offset))
                    let expected = keys.filter { !$0.isGone(at: now) && filter.selects($0, at: now) }.map(\.id)
                    let page = try await store.list(.example(), filter, at: now, size: 2_000)
                    #expect(page.rows == expected, "\(filter) at \(offset)")
                    #expect(page.totalCount == expected.count, "\(filter) at \(offset)")
                }
            }
        },
        .init("counts follow every change of a key's facts") { store in
            var key = Key.example(.number(1), origin: .external)
            key.hasMaterial = false
            try await store.insert(key, Key.example(.number(2)))
            func expect(_ state: KeyState?, at now: Timestamp = noon) async throws {
                for candidate in KeyState.allCases where candidate != .enabled {
                    var filter = KeyFilter()
                    filter.states = [candidate]
                    let listing = try await store.list(.example(), filter, at: now)
                    #expect(listing.totalCount == (candidate == state ? 1 : 0), "\(candidate)")
                    #expect(listing.rows == (candidate == state ? [key.id] : []), "\(candidate)")
                }
            }
            try await expect(.pendingImport)
            key = try await store.change(key) {
                ($0.hasMaterial, $0.materialExpiresAt) = (true, noon.adding(seconds: 9))
            }
            try await expect(nil)
            try await expect(.pendingImport, at: noon.adding(seconds: 9))
            key = try await store.change(key) { $0.isDisabled = true }
            try await expect(.disabled)
            key = try await store.change(key) { $0.deleteAt = noon.adding(seconds: 5) }
            try await expect(.pendingDeletion)
            try await expect(nil, at: noon.adding(seconds: 5))
            key = try await store.change(key) { ($0.deleteAt, $0.isDisabled) = (nil, false) }
            try await expect(nil)
            #expect(try await store.list().totalCount == 2)
            try await store.retire(key)
            #expect(try await store.list(at: noon.adding(seconds: -1)).totalCount == 1)
        },
    ]

    static let upkeep: [ContractClause<WorkingStore>] = [
        .init("overdue keys are found for retirement, then for destruction, the longest overdue first") { store in
            let keys = (1...5).map { Key.example(.number($0)) }
            for (index, key) in keys.enumerated() {
                try await store.insert(key)
                // 5, 4, 3, 3 and never.
                let second = Int64(index < 3 ? 5 - index : 3)
                if index < 4 { try await store.change(key) { $0.deleteAt = noon.adding(seconds: second) } }
            }
            #expect(try await store.keysToRetire(at: noon.adding(seconds: 2), limit: 10).isEmpty)
            let due = try await store.keysToRetire(at: noon.adding(seconds: 4), limit: 10)
            #expect(due.map(\.id) == [keys[2].id, keys[3].id, keys[1].id])
            #expect(
                try await store.keysToRetire(at: noon.adding(seconds: 9), limit: 2).map(\.id) == [
                    keys[2].id, keys[3].id,
                ]
            )
            #expect(try await store.keysToDestroy(at: noon.adding(seconds: 9), limit: 10).isEmpty)
            for key in due { try await store.apply(Change([.retireKey(key)])) }
            #expect(try await store.keysToRetire(at: noon.adding(seconds: 9), limit: 10).map(\.id) == [keys[0].id])
            let destroyable = try await store.keysToDestroy(at: noon.adding(seconds: 4), limit: 10)
            #expect(destroyable.map(\.id) == [keys[2].id, keys[3].id, keys[1].id])
            #expect(try await store.keysToDestroy(at: noon.adding(seconds: 3), limit: 1).map(\.id) == [keys[2].id])
            #expect(try await store.keysToDestroy(at: noon, limit: 10).isEmpty)
        },
        .init("enabled keys are found when their rotation is due, the longest overdue first") { store in
            let interval: Int64 = 604_800
            let keys = (1...6).map { Key.example(.number($0), at: noon.adding(seconds: -interval - Int64($0))) }
            for key in keys { try await store.insert(key) }
            for key in keys.dropLast() { try await store.change(key) { $0.rotationInterval = interval } }
            func due(_ now: Timestamp = noon, limit: Int = 10) async throws -> [UInt64] {
                try await store.keysToRotate(at: now, limit: limit).map(\.id.uuid.low)
            }
            #expect(try await due() == [5, 4, 3, 2, 1])
            #expect(try await due(noon.adding(seconds: -3)) == [5, 4, 3])
            #expect(try await due(limit: 2) == [5, 4])
            let current = try await store.keysToRotate(at: noon, limit: 10)
            try await store.change(current[0]) { $0.isDisabled = true }
            try await store.change(current[1]) { $0.deleteAt = noon.adding(seconds: 100) }
            try await store.change(current[2]) { $0.hasMaterial = false }
            try await store.change(current[3]) { $0.lastRotation = noon }
            #expect(try await due() == [1])
        },
    ]

    /// A key for every combination of facts that states and counters depend on, deadlines on either side of noon.
    package static func everyFact() -> [Key] {
        var keys: [Key] = []
        let deadlines = [nil, -1, 0, 1].map { (offset: Int64?) in offset.map { noon.adding(seconds: $0) } }
        for isDisabled in [false, true] {
            for hasMaterial in [false, true] {
                for deleteAt in deadlines {
                    for materialExpiresAt in deadlines {
                        for (spec, level, creator) in [
                            (KeySpec.aes256, ProtectionLevel.software, CreatorType.user), (.sm4, .hsm, .service),
                            (.ecSM2, .hsm, .user),
                        ] {
                            var key = Key.example(
                                .number(keys.count + 1),
                                spec: spec,
                                usage: spec == .ecSM2 ? .signVerify : .encryptDecrypt,
                                origin: .external,
                                level: level,
                                creatorType: creator
                            )
                            key.isDisabled = isDisabled
                            key.hasMaterial = hasMaterial
                            key.deleteAt = deleteAt
                            key.materialExpiresAt = materialExpiresAt
                            keys.append(key)
                        }
                    }
                }
            }
        }
        return keys
    }

    private static func filters() -> [KeyFilter] {
        var filters = [KeyFilter()]
        func add(_ set: (inout KeyFilter) -> Void) {
            var filter = KeyFilter()
            set(&filter)
            filters.append(filter)
        }
        for state in KeyState.allCases { add { $0.states = [state] } }
        add { $0.states = [.enabled, .pendingImport] }
        add { $0.states = [] }
        add { $0.specs = [.aes256, .ecSM2] }
        add { $0.usages = [.signVerify] }
        add { $0.levels = [.hsm] }
        add { $0.creatorTypes = [.service] }
        add {
            ($0.states, $0.specs, $0.levels) = ([.disabled, .pendingDeletion], [.sm4], [.hsm])
            ($0.usages, $0.creatorTypes) = ([.encryptDecrypt], [.service, .user])
        }
        return filters
    }
}
