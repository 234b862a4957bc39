internal import KMSCore
internal import Testing

extension KeyStoreContract {
    static let aliases: [ContractClause<WorkingStore>] = [
        .init("an alias names one key of its namespace, whatever another namespace calls so") { store in
            let (mine, theirs) = (Key.example(.number(1)), Key.example(.number(2), in: .example("2")))
            try await store.insert(mine, theirs)
            try await store.apply(Change([.insertAlias(mine.alias("a")), .insertAlias(theirs.alias("a"))]))
            #expect(try await store.alias(.example("a"), in: mine.namespace) == mine.alias("a"))
            #expect(try await store.alias(.example("a"), in: theirs.namespace) == theirs.alias("a"))
            await #expect(throws: StoreError.aliasExists) {
                try await store.apply(Change([.insertAlias(mine.alias("a"))]))
            }
        },
        .init("names that differ in the case of one letter are different") { store in
            let key = Key.example(.number(1))
            try await store.insert(key)
            try await store.apply(Change([.insertAlias(key.alias("Name"))]))
            #expect(try await store.alias(.example("name"), in: key.namespace) == nil)
            try await store.apply(Change([.insertAlias(key.alias("name")), .insertAlias(key.alias("name/"))]))
            #expect(try await store.listAliases().totalCount == 3)
        },
        .init("an alias moves and goes only while it points where the caller believes") { store in
            let (first, second) = (Key.example(.number(1)), Key.example(.number(2)))
            let name = AliasName.example("a")
            try await store.insert(first, second)
            try await store.apply(Change([.insertAlias(first.alias("a"))]))
            #expect(try await store.alias(name, in: first.namespace)?.key == first.id)
            try await store.apply(Change([.moveAlias(name, in: first.namespace, from: first.id, to: second.id)]))
            #expect(try await store.alias(name, in: first.namespace)?.key == second.id)
            #expect(try await store.listAliases(of: first.id).totalCount == 0)
            #expect(try await store.listAliases(of: second.id).rows == [second.alias("a")])
            #expect(try await store.listAliases(of: second.id).totalCount == 1)
            let attempts: [Change.Step] = [
                .moveAlias(name, in: first.namespace, from: first.id, to: second.id),
                .deleteAlias(name, in: first.namespace, pointingTo: first.id),
                .deleteAlias(.example("none"), in: first.namespace, pointingTo: second.id),
            ]
            for attempt in attempts {
                await #expect(throws: StoreError.aliasMoved) { try await store.apply(Change([attempt])) }
            }
            try await store.apply(Change([.deleteAlias(name, in: first.namespace, pointingTo: second.id)]))
            #expect(try await store.alias(name, in: first.namespace) == nil)
            #expect(try await store.listAliases().totalCount == 0)
        },
        .init("an alias moved to the key it points to stays") { store in
            let key = Key.example(.number(1))
            try await store.insert(key)
            try await store.apply(Change([.insertAlias(key.alias("a"))]))
            try await store.apply(
                Change([.moveAlias(.example("a"), in: key.namespace, from: key.id, to: key.id)])
            )
            #expect(try await store.listAliases(of: key.id).totalCount == 1)
            await #expect(throws: StoreError.conflict) {
                try await store.apply(
                    Change([.moveAlias(.example("a"), in: key.namespace, from: key.id, to: KeyID(.number(9)))])
                )
            }
            #expect(try await store.alias(.example("a"), in: key.namespace)?.key == key.id)
        },
        .init("aliases are listed in the order of their creation, without those of keys that are gone") { store in
            let (staying, ending) = (Key.example(.number(1)), Key.example(.number(2)))
            try await store.insert(staying, ending)
            for number in 0..<6 {
                try await store.apply(
                    Change([.insertAlias((number % 3 == 1 ? ending : staying).alias("n\(9 - number)"))])
                )
            }
            try await store.change(ending) { $0.deleteAt = noon }
            let before = try await store.listAliases(at: noon.adding(seconds: -1), page: 2, size: 2)
            #expect(before.rows.map(\.name.description) == ["alias/n7", "alias/n6"])
            #expect(before.totalCount == 6)
            let after = try await store.listAliases(at: noon, page: 2, size: 2)
            #expect(after.rows.map(\.name.description) == ["alias/n6", "alias/n4"])
            #expect(after.totalCount == 4)
            #expect(try await store.listAliases(of: ending.id, at: noon).totalCount == 0)
            #expect(try await store.listAliases(of: ending.id, at: noon).rows.isEmpty)
            let own = try await store.listAliases(of: staying.id, at: noon, page: 2, size: 3)
            #expect(own.rows.map(\.name.description) == ["alias/n4"])
            #expect(own.totalCount == 4)
        },
    ]

    static let tags: [ContractClause<WorkingStore>] = [
        .init("tags are set, replaced and removed by key, and listed by its bytes") { store in
            let key = Key.example(.number(1))
            try await store.insert(key)
            func set(_ tags: [Tag]) async throws {
                try await store.apply(Change([.setTags(key.id, in: key.namespace, tags, limit: 20)]))
            }
            try await set([Tag(key: "b", value: "1"), Tag(key: "a", value: ""), Tag(key: "B", value: "2")])
            try await set([Tag(key: "b", value: "3")])
            #expect(
                try await store.tags(of: key.id, in: key.namespace) == [
                    Tag(key: "B", value: "2"), Tag(key: "a", value: ""), Tag(key: "b", value: "3"),
                ]
            )
            try await store.apply(Change([.removeTags(key.id, in: key.namespace, ["b", "none", "a\u{0}"])]))
            #expect(try await store.tags(of: key.id, in: key.namespace).map(\.key) == ["B", "a"])
            try await store.apply(Change([.removeTags(key.id, in: key.namespace, nil)]))
            #expect(try await store.tags(of: key.id, in: key.namespace).isEmpty)
        },
        .init("the limit counts the tags that the key would carry") { store in
            let key = Key.example(.number(1))
            try await store.insert(key)
            func set(_ range: ClosedRange<Int>) async throws {
                let tags = range.map { Tag(key: "k\($0)", value: "v") }
                try await store.apply(Change([.setTags(key.id, in: key.namespace, tags, limit: 3)]))
            }
            try await set(1...3)
            try await set(2...3)
            await #expect(throws: StoreError.tooManyTags) { try await set(3...4) }
            #expect(try await store.tags(of: key.id, in: key.namespace).count == 3)
        },
        .init("a tag query selects by keys and by tags, and goes on where a page ended") { store in
            let keys = (1...4).map { Key.example(.number(10 - $0)) }
            for (index, key) in keys.enumerated() {
                let tags = ["z", "a", "m"].prefix(3 - index % 2).map { Tag(key: $0, value: "\(index / 2)") }
                try await store.apply(
                    Change([.insertKey(key), .setTags(key.id, in: key.namespace, tags, limit: 20)])
                )
            }
            func rows(
                _ keys: [KeyID]? = nil,
                carrying: [(key: String, value: String?)] = [],
                after: (key: KeyID, tagKey: String)? = nil,
                limit: Int = 100,
                at now: Timestamp = noon
            ) async throws -> [String] {
                let query = TagQuery(keys: keys, carrying: carrying, after: after, limit: limit)
                return try await store.tags(matching: query, in: .example(), at: now)
                    .map { "\(10 - $0.keyID.uuid.low)\($0.tag.key)" }
            }
            let all = ["1a", "1m", "1z", "2a", "2z", "3a", "3m", "3z", "4a", "4z"]
            #expect(try await rows() == all)
            #expect(try await rows([keys[3].id, keys[1].id, KeyID(.number(77))]) == ["2a", "2z", "4a", "4z"])
            #expect(try await rows(carrying: [("m", nil)]) == ["1a", "1m", "1z", "3a", "3m", "3z"])
            #expect(try await rows(carrying: [("a", "1"), ("m", "1")]) == ["3a", "3m", "3z"])
            #expect(try await rows(carrying: [("A", nil)]).isEmpty)
            #expect(try await rows(carrying: [("a\u{0}", nil)]).isEmpty)
            #expect(try await rows([]).isEmpty)
            for cut in 0..<all.count {
                let after = (key: keys[Int(all[cut].prefix(1))! - 1].id, tagKey: String(all[cut].suffix(1)))
                #expect(try await rows(after: after, limit: 3) == Array(all[(cut + 1)...].prefix(3)))
            }
            // The key on which a page ended may be gone when the next is asked for.
            try await store.change(keys[1]) { $0.deleteAt = noon }
            let after = (key: keys[1].id, tagKey: "a")
            #expect(try await rows(after: after) == ["3a", "3m", "3z", "4a", "4z"])
            #expect(try await rows(after: after, limit: 1, at: noon.adding(seconds: -1)) == ["2z"])
        },
    ]
}
