internal import KMSCore
internal import Testing

extension KeyStoreContract {
    static let imports: [ContractClause<WorkingStore>] = [
        .init("an import pair comes back as it was given, and is made once, for a live key") { store in
            let key = Key.example(.number(1), in: .example("2", "cn-beijing"), origin: .external, level: .hsm)
            let pair = key.exampleImportPair(.number(2), algorithm: .sm2PKE, spec: .ecSM2)
            try await store.apply(Change([.insertKey(key), .insertImportPair(pair)]))
            #expect(try await store.importPair(pair.id) == pair)
            #expect(try await store.importPair(ImportTokenID(.number(3))) == nil)
            await #expect(throws: StoreError.alreadyExists) {
                try await store.apply(Change([.insertImportPair(pair)]))
            }
            for stranger in [Key.example(.number(9)), .example(.number(1))] {
                await #expect(throws: StoreError.conflict) {
                    try await store.apply(Change([.insertImportPair(stranger.exampleImportPair(.number(4)))]))
                }
            }
            try await store.retire(key)
            #expect(try await store.importPair(pair.id) == nil)
            await #expect(throws: StoreError.conflict) {
                try await store.apply(Change([.insertImportPair(key.exampleImportPair(.number(5)))]))
            }
            await #expect(throws: StoreError.conflict) { try await store.apply(Change([.destroyKey(key.id)])) }
            try await store.apply(Change([.destroyMaterial(of: key.id), .destroyKey(key.id)]))
        },
        .init("tries are taken until none is left, and given back up to as many as there were") { store in
            let key = Key.example(.number(1), origin: .external)
            let pair = key.exampleImportPair(.number(2))
            try await store.apply(Change([.insertKey(key), .insertImportPair(pair)]))
            func left() async throws -> Int? {
                let stored = try await store.importPair(pair.id)
                return stored?.triesLeft
            }
            for taken in 1...Limits.importTries {
                try await store.apply(Change([.takeImportTry(pair.id)]))
                #expect(try await left() == Limits.importTries - taken)
            }
            let disabled = key.changed { $0.isDisabled = true }
            let taking = Change([.updateKey(from: key, to: disabled), .takeImportTry(pair.id)])
            await #expect(throws: StoreError.noTriesLeft) { try await store.apply(taking) }
            #expect(try await store.key(key.id, in: key.namespace) == key)
            for _ in 0...Limits.importTries { try await store.apply(Change([.returnImportTry(pair.id)])) }
            #expect(try await left() == Limits.importTries)
            let unknown = ImportTokenID(.number(7))
            await #expect(throws: StoreError.conflict) { try await store.apply(Change([.takeImportTry(unknown)])) }
            try await store.apply(Change([.returnImportTry(unknown), .deleteImportPair(unknown)]))
        },
        .init("of many that take tries at once, no more succeed than there are") { store in
            let key = Key.example(.number(1), origin: .external)
            let pair = key.exampleImportPair(.number(2))
            try await store.apply(Change([.insertKey(key), .insertImportPair(pair)]))
            let taken = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        do { try await store.apply(Change([.takeImportTry(pair.id)])) } catch { return false }
                        return true
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(taken == Limits.importTries)
        },
        .init("material is taken from a version and given back; its check and everything else stay") { store in
            let key = Key.example(.number(1), origin: .external)
            let version = KeyVersion(
                identity: key.exampleVersion(.number(2)).identity,
                createdAt: noon,
                sealedMaterial: [1, 2, 3],
                sealedCheck: [4, 5]
            )
            try await store.apply(Change([.insertKey(key), .insertVersion(version)]))
            #expect(try await store.version(version.id) == version)
            for material in [nil, [6, 7, 8, 9], nil] as [[UInt8]?] {
                try await store.apply(Change([.setMaterial(version.id, of: key.id, in: key.namespace, material)]))
                let changed = KeyVersion(
                    identity: version.identity,
                    createdAt: noon,
                    sealedMaterial: material,
                    sealedCheck: [4, 5]
                )
                #expect(try await store.version(version.id) == changed)
            }
            let other = Key.example(.number(3))
            try await store.insert(other)
            let attempts: [Change.Step] = [
                .setMaterial(version.id, of: other.id, in: other.namespace, [1]),
                .setMaterial(version.id, of: key.id, in: .example("2"), [1]),
                .setMaterial(KeyVersionID(.number(8)), of: key.id, in: key.namespace, [1]),
            ]
            for attempt in attempts {
                await #expect(throws: StoreError.conflict) { try await store.apply(Change([attempt])) }
            }
            #expect(try await store.version(version.id)?.sealedMaterial == nil)
        },
        .init("keys with expired material are found, the longest expired first, and so are expired pairs") { store in
            let keys = (1...5).map { Key.example(.number($0), origin: .external) }
            for (index, key) in keys.enumerated() {
                try await store.insert(key)
                let expiry = noon.adding(seconds: Int64(5 - index))
                if index < 4 { try await store.change(key) { $0.materialExpiresAt = expiry } }
                let pair = key.exampleImportPair(.number(10 + index), expiresAt: expiry)
                try await store.apply(Change([.insertImportPair(pair)]))
            }
            func expired(_ second: Int64, limit: Int = 10) async throws -> [UInt64] {
                try await store.keysToStrip(at: noon.adding(seconds: second), limit: limit).map(\.id.uuid.low)
            }
            func pairs(_ second: Int64, limit: Int = 10) async throws -> [UInt64] {
                try await store.importPairsToDelete(at: noon.adding(seconds: second), limit: limit).map(\.uuid.low)
            }
            #expect(try await expired(1) == [])
            #expect(try await expired(2) == [4])
            #expect(try await expired(9) == [4, 3, 2, 1])
            #expect(try await expired(9, limit: 2) == [4, 3])
            #expect(try await pairs(0) == [])
            #expect(try await pairs(2) == [14, 13])
            #expect(try await pairs(9, limit: 3) == [14, 13, 12])
            let found = try await store.keysToStrip(at: noon.adding(seconds: 9), limit: 10)
            try await store.change(found[0]) { $0.hasMaterial = false }
            try await store.retire(found[1])
            #expect(try await expired(9) == [2, 1])
            try await store.apply(
                Change([.deleteImportPair(ImportTokenID(.number(14))), .deleteImportPair(ImportTokenID(.number(12)))])
            )
            #expect(try await pairs(9) == [13, 11, 10])
            #expect(try await store.importPair(ImportTokenID(.number(14))) == nil)
        },
    ]
}
