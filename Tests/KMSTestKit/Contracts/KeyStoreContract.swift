package import KMSCore
internal import Testing

/// The sentences of ``KeyStore`` and ``Change``; every store must keep them all.
package enum KeyStoreContract {
    package static let clauses: [ContractClause<WorkingStore>] =
        rows + changes + aliases + listings + tags + meters + quotas + upkeep + imports + replays + concurrency

    static let rows: [ContractClause<WorkingStore>] = [
        .init("a key comes back as it was given, every field of it") { store in
            var key = Key.example(
                .number(1),
                spec: .ecSM2,
                usage: .signVerify,
                origin: .external,
                level: .hsm,
                creatorType: .service,
                at: Timestamp(microseconds: 1_767_225_600_000_001),
                primaryVersion: KeyVersionID(.number(9))
            )
            key.description = "e\u{301} ≠ é, 日本 and '; DROP TABLE customer_key; --"
            key.isDisabled = true
            key.deleteAt = noon.adding(seconds: 5)
            key.hasMaterial = false
            key.materialExpiresAt = noon.adding(seconds: 7)
            key.lastRotation = Timestamp(microseconds: -1)
            key.rotationInterval = 604_800
            key.isDeletionProtected = true
            key.deletionProtectionDescription = "why not"
            key.revision = 41
            try await store.insert(key)
            let read = try await store.key(key.id, in: key.namespace)
            #expect(read == key)
            #expect(read.map { Array($0.description.utf8) } == Array(key.description.utf8))
            let plain = Key.example(.number(2))
            try await store.insert(plain)
            #expect(try await store.key(plain.id, in: plain.namespace) == plain)
        },
        .init("a changed key comes back as it was changed") { store in
            let key = Key.example(.number(1))
            try await store.insert(key)
            #expect(try await store.key(key.id, in: key.namespace) == key)
            let changed = try await store.change(key) {
                $0.description = "new"
                $0.isDisabled = true
                $0.deleteAt = noon
                $0.materialExpiresAt = noon
                $0.hasMaterial = false
                $0.primaryVersion = KeyVersionID(.number(4))
                $0.lastRotation = noon.adding(seconds: 1)
                $0.rotationInterval = 700_000
                $0.isDeletionProtected = true
                $0.deletionProtectionDescription = "kept"
            }
            #expect(try await store.key(key.id, in: key.namespace) == changed)
        },
        .init("a version comes back with its material and everything it is bound to") { store in
            let key = Key.example(.number(1), spec: .rsa2048, usage: .signVerify, level: .hsm)
            let version = key.exampleVersion(.number(2), material: Array(0...255), at: noon)
            try await store.apply(Change([.insertKey(key), .insertVersion(version)]))
            #expect(try await store.version(version.id) == version)
            #expect(try await store.version(KeyVersionID(.number(3))) == nil)
        },
        .init("the versions of a key are listed oldest first, in pages") { store in
            let key = Key.example(.number(1))
            try await store.insert(key)
            for number in 1...5 {
                try await store.apply(Change([.insertVersion(key.exampleVersion(.number(9 - number)))]))
            }
            let second = try await store.versions(
                of: key.id,
                in: key.namespace,
                page: Page(number: 2, size: 2)
            )
            #expect(second.rows.map(\.id.uuid) == [.number(6), .number(5)])
            #expect(second.totalCount == 5)
            let last = try await store.versions(of: key.id, in: key.namespace, page: Page(number: 4, size: 2))
            #expect(last.rows.isEmpty && last.totalCount == 5)
            let other = try await store.versions(
                of: key.id,
                in: .example("2"),
                page: Page(number: 1, size: 2)
            )
            #expect(other.rows.isEmpty && other.totalCount == 0)
        },
        .init("nothing of one namespace is seen or changed from another") { store in
            let (mine, elsewhere, theirs) = (
                Namespace.example(), Namespace.example("1000000000000001", "cn-beijing"), Namespace.example("2")
            )
            let key = Key.example(.number(1))
            try await store.insert(key)
            try await store.apply(
                Change([
                    .insertAlias(key.alias("a")), .setTags(key.id, in: mine, [Tag(key: "k", value: "v")], limit: 20),
                ])
            )
            for other in [elsewhere, theirs] {
                #expect(try await store.key(key.id, in: other) == nil)
                #expect(try await store.alias(.example("a"), in: other) == nil)
                #expect(try await store.list(other).rows.isEmpty)
                #expect(try await store.listAliases(other).totalCount == 0)
                #expect(try await store.listAliases(other, of: key.id).rows.isEmpty)
                #expect(try await store.tags(of: key.id, in: other).isEmpty)
                let query = TagQuery(keys: [key.id], carrying: [], after: nil, limit: 10)
                #expect(try await store.tags(matching: query, in: other, at: noon).isEmpty)
                await #expect(throws: StoreError.aliasMoved) {
                    try await store.apply(Change([.deleteAlias(.example("a"), in: other, pointingTo: key.id)]))
                }
                await #expect(throws: StoreError.conflict) {
                    try await store.apply(
                        Change([.setTags(key.id, in: other, [Tag(key: "x", value: "")], limit: 20)])
                    )
                }
                await #expect(throws: StoreError.conflict) {
                    try await store.apply(
                        Change([.insertAlias(Alias(name: .example("b"), namespace: other, key: key.id))])
                    )
                }
                try await store.apply(Change([.removeTags(key.id, in: other, nil)]))
            }
            #expect(try await store.tags(of: key.id, in: mine).count == 1)
        },
    ]

    static let changes: [ContractClause<WorkingStore>] = [
        .init("a change made from an old revision is a conflict and changes nothing") { store in
            let key = Key.example(.number(1))
            try await store.insert(key)
            let current = try await store.change(key) { $0.isDisabled = true }
            let attempts: [Change.Step] = [
                .updateKey(from: key, to: key.changed { $0.description = "lost" }), .expectKey(key), .retireKey(key),
            ]
            for attempt in attempts {
                await #expect(throws: StoreError.conflict) { try await store.apply(Change([attempt])) }
            }
            #expect(try await store.key(key.id, in: key.namespace) == current)
            try await store.apply(Change([.expectKey(current)]))
        },
        .init("a change of several steps is made whole or not at all") { store in
            let (first, second) = (Key.example(.number(1)), Key.example(.number(2)))
            try await store.insert(first)
            let request = UUIDBytes.number(50)
            let change = Change(
                [
                    .insertKey(second), .insertVersion(second.exampleVersion(.number(3))),
                    .insertAlias(second.alias("new")),
                    .setTags(first.id, in: first.namespace, [Tag(key: "k", value: "v")], limit: 20),
                    .updateKey(from: first, to: first.changed { $0.isDisabled = true }), .expectKey(first),
                ],
                replay: ReplayMark(digest: .number(60), account: first.namespace.account, timestamp: noon),
                audit: .example(request)
            )
            await #expect(throws: StoreError.conflict) { try await store.apply(change) }
            #expect(try await store.key(first.id, in: first.namespace) == first)
            #expect(try await store.key(second.id, in: second.namespace) == nil)
            #expect(try await store.version(KeyVersionID(.number(3))) == nil)
            #expect(try await store.alias(.example("new"), in: second.namespace) == nil)
            #expect(try await store.tags(of: first.id, in: first.namespace).isEmpty)
            #expect(try await store.list().totalCount == 1)
            #expect(try await store.listAliases().totalCount == 0)
            #expect(try await store.unacknowledgedAuditLines().isEmpty)
            // The nonce was not used up either.
            try await store.apply(Change(Array(change.steps.dropLast()), replay: change.replay, audit: change.audit))
            #expect(try await store.unacknowledgedAuditLines().map(\.requestID) == [request])
        },
        .init("each step sees those before it") { store in
            let key = Key.example(.number(1))
            let next = key.changed { $0.description = "next" }
            try await store.apply(
                Change([
                    .insertKey(key), .updateKey(from: key, to: next), .expectKey(next), .insertAlias(key.alias("a")),
                    .deleteAlias(.example("a"), in: key.namespace, pointingTo: key.id),
                ])
            )
            #expect(try await store.key(key.id, in: key.namespace) == next)
            #expect(try await store.listAliases().totalCount == 0)
        },
        .init("a key or version that exists is not made again") { store in
            let key = Key.example(.number(1))
            try await store.apply(Change([.insertKey(key), .insertVersion(key.exampleVersion(.number(2)))]))
            await #expect(throws: StoreError.alreadyExists) {
                try await store.insert(Key.example(.number(1), in: .example("2")))
            }
            await #expect(throws: StoreError.alreadyExists) {
                try await store.apply(Change([.insertVersion(key.exampleVersion(.number(2), material: [9]))]))
            }
            #expect(try await store.version(KeyVersionID(.number(2)))?.sealedMaterial == [1, 2, 3])
        },
        .init("a version without its key is refused") { store in
            let key = Key.example(.number(1))
            await #expect(throws: StoreError.conflict) {
                try await store.apply(Change([.insertVersion(key.exampleVersion(.number(2)))]))
            }
        },
        .init("a retired key is in no read and no listing, and nothing can be done with it") { store in
            let (key, other) = (Key.example(.number(1)), Key.example(.number(2)))
            let version = key.exampleVersion(.number(3))
            try await store.apply(
                Change([
                    .insertKey(key), .insertKey(other), .insertVersion(version), .insertAlias(key.alias("a")),
                    .insertAlias(other.alias("b")),
                    .setTags(key.id, in: key.namespace, [Tag(key: "k", value: "")], limit: 20),
                ])
            )
            #expect(try await store.version(version.id) != nil)
            #expect(try await store.alias(.example("a"), in: key.namespace) != nil)
            let retired = try await store.retire(key)
            let early = noon.adding(seconds: -1)
            #expect(try await store.key(key.id, in: key.namespace) == nil)
            #expect(try await store.version(version.id) == nil)
            #expect(try await store.alias(.example("a"), in: key.namespace) == nil)
            #expect(try await store.list(at: early).rows == [other.id])
            #expect(try await store.list(at: early).totalCount == 1)
            #expect(try await store.listAliases(at: early).rows == [other.alias("b")])
            #expect(try await store.listAliases(at: early).totalCount == 1)
            #expect(try await store.tags(of: key.id, in: key.namespace).isEmpty)
            let attempts: [Change.Step] = [
                .updateKey(from: retired, to: retired.changed { $0.deleteAt = nil }), .retireKey(retired),
                .expectKey(retired), .insertVersion(key.exampleVersion(.number(4))), .insertAlias(key.alias("c")),
                .moveAlias(.example("b"), in: key.namespace, from: other.id, to: key.id),
                .setTags(key.id, in: key.namespace, [Tag(key: "k", value: "")], limit: 20),
            ]
            for attempt in attempts {
                await #expect(throws: StoreError.conflict) { try await store.apply(Change([attempt])) }
            }
            // Its name is free again.
            try await store.apply(Change([.insertAlias(other.alias("a"))]))
            #expect(try await store.alias(.example("a"), in: key.namespace)?.key == other.id)
        },
        .init("a key whose window was never opened is not retired, and a live key is not destroyed") { store in
            let key = Key.example(.number(1))
            try await store.insert(key)
            let absent = KeyID(.number(2))
            for step in [
                Change.Step.retireKey(key), .destroyMaterial(of: key.id), .destroyMaterial(of: absent),
                .destroyKey(key.id), .destroyKey(absent),
            ] {
                await #expect(throws: StoreError.conflict) { try await store.apply(Change([step])) }
            }
            #expect(try await store.key(key.id, in: key.namespace) == key)
        },
        .init("a destroyed key leaves nothing behind") { store in
            let key = Key.example(.number(1))
            try await store.apply(Change([.insertKey(key), .insertVersion(key.exampleVersion(.number(2)))]))
            let retired = try await store.retire(key)
            // A key that still has material is not gone.
            await #expect(throws: StoreError.conflict) { try await store.apply(Change([.destroyKey(key.id)])) }
            for _ in 0..<2 {
                try await store.apply(Change([.destroyMaterial(of: key.id)]))
                #expect(try await store.keysToDestroy(at: noon, limit: 10) == [retired])
            }
            try await store.scrub()
            try await store.apply(Change([.destroyKey(key.id)]))
            #expect(try await store.keysToDestroy(at: noon, limit: 10).isEmpty)
            #expect(try await store.version(KeyVersionID(.number(2))) == nil)
            await #expect(throws: StoreError.conflict) { try await store.apply(Change([.destroyKey(key.id)])) }
        },
    ]
}

extension AuditRecord {
    /// The record of a request that succeeded.
    package static func example(_ requestID: UUIDBytes) -> AuditRecord {
        AuditRecord(
            time: noon,
            requestID: requestID,
            account: nil,
            principal: nil,
            accessKeyID: nil,
            region: nil,
            source: "127.0.0.1",
            action: "CreateKey",
            resources: [],
            key: nil,
            version: nil,
            outcome: .success,
            errorCode: nil,
            duration: 1
        )
    }
}
