internal import KMSCore
internal import Testing

/// The sentences of ``CertificateStore`` and ``CertificateStep``; every store must keep them all.
package enum CertificateStoreContract {
    package static let clauses: [ContractClause<WorkingStore>] = rows + changes + tags

    private static let rows: [ContractClause<WorkingStore>] = [
        .init("a certificate comes back as it was given and as it was changed, every field of it") { store in
            let certificate = Certificate.example(
                .number(1),
                spec: .ecSM2,
                level: .hsm,
                hosts: ["a.example", "*.b.example"],
                isExportable: false,
                clientToken: "e\u{301}"
            )
            try await store.insert(certificate)
            #expect(try await store.certificate(certificate.id, in: .example()) == certificate)
            let changed = certificate.changed(at: noon.adding(seconds: 9)) {
                $0.issued = "issued ≠ asked"
                $0.chain = "chain"
                $0.status = .revoked
            }
            try await store.change([.update(from: certificate, to: changed)])
            #expect(try await store.certificate(certificate.id, in: .example()) == changed)
            let plain = Certificate.example(.number(2))
            try await store.insert(plain)
            #expect(try await store.certificate(plain.id, in: .example()) == plain)
            #expect(try await store.certificate(CertificateID(.number(3)), in: .example()) == nil)
        },
        .init("nothing of one namespace is seen or changed from another") { store in
            let mine = Certificate.example(.number(1), clientToken: "token")
            try await store.insert(mine)
            try await store.change([.setTags(mine.id, in: .example(), [Tag(key: "k", value: "v")], limit: 20)])
            for other in [Namespace.example("1000000000000001", "cn-beijing"), .example("2")] {
                #expect(try await store.certificate(mine.id, in: other) == nil)
                #expect(try await store.certificate(clientToken: "token", in: other) == nil)
                #expect(try await store.tags(of: mine.id, in: other).isEmpty)
                let foreign = Certificate.example(.number(1), in: other)
                let steps: [CertificateStep] = [
                    .update(from: foreign, to: foreign.changed(at: noon) { $0.chain = "theirs" }), .delete(foreign),
                    .setTags(mine.id, in: other, [Tag(key: "x", value: "")], limit: 20),
                ]
                for step in steps {
                    await #expect(throws: StoreError.conflict) { try await store.change([step]) }
                }
                try await store.change([.removeTags(mine.id, in: other, ["k"])])
                // The same token is another one elsewhere.
                let number = other == .example("2") ? 12 : 11
                try await store.insert(.example(.number(number), in: other, clientToken: "token"))
            }
            #expect(try await store.certificate(mine.id, in: .example()) == mine)
            #expect(try await store.tags(of: mine.id, in: .example()) == [Tag(key: "k", value: "v")])
        },
        .init("a client token finds what it made, compared by bytes, and makes nothing again") { store in
            let certificate = Certificate.example(.number(1), clientToken: "e\u{301}")
            try await store.insert(certificate)
            #expect(try await store.certificate(clientToken: "e\u{301}", in: .example()) == certificate)
            for other in ["é", "E\u{301}", "e\u{301}\u{0}", ""] {
                #expect(try await store.certificate(clientToken: other, in: .example()) == nil)
            }
            await #expect(throws: StoreError.conflict) {
                try await store.insert(.example(.number(2), clientToken: "e\u{301}"))
            }
            try await store.insert(.example(.number(3), clientToken: "é"))
            try await store.insert(.example(.number(4)))
            try await store.insert(.example(.number(5)))
            try await store.change([.delete(certificate)])
            try await store.insert(.example(.number(2), clientToken: "e\u{301}"))
        },
    ]

    private static let changes: [ContractClause<WorkingStore>] = [
        .init("a certificate that exists is not made again, whoever asks") { store in
            let certificate = Certificate.example(.number(1))
            try await store.insert(certificate)
            for namespace in [Namespace.example(), .example("2")] {
                await #expect(throws: StoreError.alreadyExists) {
                    try await store.insert(.example(.number(1), in: namespace))
                }
            }
            #expect(try await store.certificate(certificate.id, in: .example()) == certificate)
        },
        .init("a change made from an old revision is a conflict and changes nothing") { store in
            let old = Certificate.example(.number(1))
            let now = old.changed(at: noon) {
                $0.issued = "first"
                $0.status = .active
            }
            try await store.insert(old)
            try await store.change([.update(from: old, to: now)])
            let steps: [CertificateStep] = [
                .update(from: old, to: old.changed(at: noon) { $0.chain = "lost" }), .delete(old),
            ]
            for step in steps {
                await #expect(throws: StoreError.conflict) { try await store.change([step]) }
            }
            #expect(try await store.certificate(old.id, in: .example()) == now)
        },
        .init("a deleted certificate is gone with its tags, and nothing can be done with it") { store in
            let certificate = Certificate.example(.number(1))
            try await store.insert(certificate)
            #expect(try await store.certificate(certificate.id, in: .example()) != nil)
            try await store.change([.setTags(certificate.id, in: .example(), [Tag(key: "k", value: "v")], limit: 20)])
            try await store.change([.delete(certificate)])
            #expect(try await store.certificate(certificate.id, in: .example()) == nil)
            #expect(try await store.tags(of: certificate.id, in: .example()).isEmpty)
            let steps: [CertificateStep] = [
                .update(from: certificate, to: certificate.changed(at: noon) { _ in }), .delete(certificate),
                .setTags(certificate.id, in: .example(), [Tag(key: "k", value: "")], limit: 20),
            ]
            for step in steps {
                await #expect(throws: StoreError.conflict) { try await store.change([step]) }
            }
            try await store.insert(certificate)
            #expect(try await store.tags(of: certificate.id, in: .example()).isEmpty)
        },
        .init("a change of several steps is made whole or not at all") { store in
            let (first, second) = (Certificate.example(.number(1)), Certificate.example(.number(2)))
            try await store.insert(first)
            await #expect(throws: StoreError.conflict) {
                try await store.change([.insert(second), .delete(first), .delete(first)])
            }
            #expect(try await store.certificate(first.id, in: .example()) == first)
            #expect(try await store.certificate(second.id, in: .example()) == nil)
        },
    ]

    private static let tags: [ContractClause<WorkingStore>] = [
        .init("tags are set, replaced, removed and listed by key; too many set none") { store in
            let certificate = Certificate.example(.number(1))
            let (id, namespace) = (certificate.id, certificate.namespace)
            try await store.insert(certificate)
            let first = [Tag(key: "b", value: "1"), Tag(key: "a", value: ""), Tag(key: "B", value: "3")]
            try await store.change([.setTags(id, in: namespace, first, limit: 3)])
            #expect(try await store.tags(of: id, in: namespace).map(\.key) == ["B", "a", "b"])
            try await store.change([.setTags(id, in: namespace, [Tag(key: "b", value: "2")], limit: 3)])
            await #expect(throws: StoreError.tooManyTags) {
                try await store.change([
                    .setTags(id, in: namespace, [Tag(key: "b", value: "9"), Tag(key: "c", value: "")], limit: 3)
                ])
            }
            try await store.change([.removeTags(id, in: namespace, ["a", "none", "b\u{0}"])])
            #expect(
                try await store.tags(of: id, in: namespace) == [Tag(key: "B", value: "3"), Tag(key: "b", value: "2")]
            )
            try await store.change([.removeTags(CertificateID(.number(9)), in: namespace, ["a"])])
        }
    ]
}

extension KeyStore {
    fileprivate func insert(_ certificate: Certificate) async throws { try await change([.insert(certificate)]) }

    fileprivate func change(_ steps: [CertificateStep]) async throws {
        try await apply(Change(steps.map { .certificate($0) }))
    }
}
