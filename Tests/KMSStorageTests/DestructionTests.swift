import Foundation
import GRDB
import KMSCore
import KMSTestKit
import Testing

@testable import KMSStorage

@Suite("destruction")
struct DestructionTests {
    @Test("the sealed bytes of destroyed keys are in no file once the log has been truncated")
    func bytesAreGone() async throws {
        let folder = try TemporaryFolder()
        let store = try await SQLiteStore.open(folder: folder.path)
        // Many rows of different sizes, so that pages split, fill and merge around the destroyed ones.
        let keys = (0..<400).map { Key.example(.example(UInt64($0))) }
        for start in stride(from: 0, to: keys.count, by: 20) {
            let steps = (start..<start + 20).flatMap { index in
                [
                    Change.Step.insertKey(keys[index]),
                    .insertVersion(
                        keys[index].exampleVersion(.example(UInt64(10_000 + index)), material: material(index))
                    ),
                ]
            }
            try await store.apply(Change(steps))
        }
        #expect(try keysFound(in: folder) == Set(0..<400))
        var destroyed: [Int] = []
        var generator = SeededGenerator(seed: 4)
        for index in (0..<400).shuffled(using: &generator).prefix(250) {
            let ending = keys[index].changed { $0.deleteAt = $0.createdAt }
            try await store.apply(Change([.updateKey(from: keys[index], to: ending), .retireKey(ending)]))
            if index % 3 == 0 { continue }
            try await store.apply(Change([.destroyMaterial(of: ending.id)]))
            destroyed.append(index)
            if destroyed.count % 25 != 1 { continue }
            try await store.scrub()
            #expect(try keysFound(in: folder).isDisjoint(with: destroyed))
        }
        // What was not destroyed is whole.
        for index in 0..<400 where !destroyed.contains(index) {
            if let version = try await store.version(KeyVersionID(.example(UInt64(10_000 + index)))) {
                #expect(version.sealedMaterial == material(index))
            }
        }
    }

    @Test("while a reader holds the log, a destruction is made, said not to be whole, and finished once he lets go")
    func heldLog() async throws {
        let folder = try TemporaryFolder()
        let store = try await SQLiteStore.open(folder: folder.path)
        try await store.scrub()
        let key = Key.example(.example(7))
        try await store.apply(
            Change([.insertKey(key), .insertVersion(key.exampleVersion(.example(10_007), material: material(7)))])
        )
        let ending = key.changed { $0.deleteAt = $0.createdAt }
        try await store.apply(Change([.updateKey(from: key, to: ending), .retireKey(ending)]))
        let reader = try store.pool.makeSnapshot()
        try await store.apply(Change([.destroyMaterial(of: key.id)]))
        #expect(try keysFound(in: folder) == [7])
        for _ in 0..<2 { await #expect(throws: StoreError.self) { try await store.scrub() } }
        #expect(try await store.keysToDestroy(at: key.createdAt, limit: 10) == [ending])
        // Others are served meanwhile.
        try await store.apply(Change([.insertKey(Key.example(.example(8)))]))
        _ = consume reader
        try await store.scrub()
        #expect(try keysFound(in: folder).isEmpty)
    }

    @Test("what a process that ended left in the log is gone after the next one's first upkeep")
    func leftByAnother() async throws {
        let folder = try TemporaryFolder()
        let copy = try TemporaryFolder()
        do {
            let store = try await SQLiteStore.open(folder: folder.path)
            let key = Key.example(.example(7))
            try await store.apply(
                Change([.insertKey(key), .insertVersion(key.exampleVersion(.example(10_007), material: material(7)))])
            )
            let ending = key.changed { $0.deleteAt = $0.createdAt }
            try await store.apply(Change([.updateKey(from: key, to: ending), .retireKey(ending)]))
            let reader = try store.pool.makeSnapshot()
            try await store.apply(Change([.destroyMaterial(of: key.id)]))
            // As a crash leaves the files.
            for file in ["keyhold.sqlite", "keyhold.sqlite-wal"] {
                try FileManager.default.copyItem(atPath: "\(folder.path)/\(file)", toPath: "\(copy.path)/\(file)")
            }
            _ = consume reader
        }
        #expect(try keysFound(in: copy) == [7])
        let store = try await SQLiteStore.open(folder: copy.path)
        let left = try await store.keysToDestroy(at: Timestamp(microseconds: .max), limit: 10)
        #expect(left.map(\.id) == [KeyID(.example(7))])
        try await store.scrub()
        #expect(try keysFound(in: copy).isEmpty)
    }

    @Test("material that is taken away is in no file when the change is acknowledged, and can be given back")
    func strippedMaterial() async throws {
        let folder = try TemporaryFolder()
        let store = try await SQLiteStore.open(folder: folder.path)
        let keys = (0..<120).map { Key.example(.example(UInt64($0)), origin: .external) }
        for (index, key) in keys.enumerated() {
            let version = key.exampleVersion(.example(UInt64(10_000 + index)), material: material(index))
            try await store.apply(Change([.insertKey(key), .insertVersion(version)]))
        }
        var left = Set(0..<120)
        #expect(try keysFound(in: folder) == left)
        func set(_ index: Int, _ material: [UInt8]?) async throws {
            let version = KeyVersionID(.example(UInt64(10_000 + index)))
            let key = keys[index]
            try await store.apply(Change([.setMaterial(version, of: key.id, in: key.namespace, material)]))
        }
        var generator = SeededGenerator(seed: 5)
        for index in (0..<120).shuffled(using: &generator).prefix(80) {
            try await set(index, nil)
            left.remove(index)
            if index % 4 == 0 {
                try await set(index, material(index))
                left.insert(index)
            }
            if index % 8 == 0 {
                try await set(index, nil)
                left.remove(index)
            }
            if index % 10 == 0 { #expect(try keysFound(in: folder) == left) }
        }
        #expect(try keysFound(in: folder) == left)
    }

    /// Few enough for one page of the database: see `Documentation/Storage.md`, "Destruction".
    @Test("the sealed private half of a deleted import pair is in no file once the log has been truncated")
    func deletedPairs() async throws {
        let folder = try TemporaryFolder()
        let store = try await SQLiteStore.open(folder: folder.path)
        let key = Key.example(.example(0), origin: .external)
        try await store.apply(Change([.insertKey(key)]))
        for index in 0..<8 {
            let pair = key.exampleImportPair(
                .example(UInt64(index + 1)),
                sealedPrivateKey: Array(material(index).prefix(160))
            )
            try await store.apply(Change([.insertImportPair(pair)]))
        }
        #expect(try keysFound(in: folder) == Set(0..<8))
        for index in 0..<7 {
            try await store.apply(Change([.deleteImportPair(ImportTokenID(.example(UInt64(index + 1))))]))
            try await store.scrub()
            #expect(try keysFound(in: folder) == Set(index + 1..<8))
        }
        // The last goes with its key.
        let ending = key.changed { $0.deleteAt = $0.createdAt }
        try await store.apply(Change([.updateKey(from: key, to: ending), .retireKey(ending)]))
        try await store.apply(Change([.destroyMaterial(of: key.id)]))
        try await store.scrub()
        #expect(try keysFound(in: folder) == [])
    }

    @Test("the sealed bytes of deleted certificates are in no file when the change is acknowledged")
    func certificatesAreGone() async throws {
        let folder = try TemporaryFolder()
        let store = try await SQLiteStore.open(folder: folder.path)
        let certificates = (0..<60).map { Certificate.example(.example(UInt64($0)), material: material($0)) }
        for certificate in certificates { try await store.apply(Change([.certificate(.insert(certificate))])) }
        #expect(try keysFound(in: folder) == Set(0..<60))
        for index in stride(from: 0, to: 60, by: 2) {
            try await store.apply(Change([.certificate(.delete(certificates[index]))]))
            if index % 20 == 0 {
                #expect(try keysFound(in: folder).isDisjoint(with: stride(from: 0, through: index, by: 2)))
            }
        }
        #expect(try keysFound(in: folder) == Set(stride(from: 1, to: 60, by: 2)))
        for index in stride(from: 1, to: 60, by: 2) {
            #expect(try await store.certificate(certificates[index].id, in: .example()) == certificates[index])
        }
    }

    @Test("the sealed secrets of deleted access keys are in no file when the change is acknowledged")
    func accessKeysAreGone() async throws {
        let folder = try TemporaryFolder()
        let store = try await SQLiteStore.open(folder: folder.path)
        let (account, code) = (Namespace.example().account, ServiceCode.example("OSS"))
        func key(_ index: Int) -> AccessKey {
            let holder = index < 40 ? Identity.root : .service(code)
            return .example("key\(index)", of: holder, secret: Array(material(index).prefix(96)))
        }
        let service = RegisteredService(code: code, account: account, createdAt: Timestamp(seconds: 0))
        try await store.apply(
            Change([
                .insertAccount(Account(id: account, createdAt: Timestamp(seconds: 0))),
                .access(.insertService(service)),
            ])
        )
        for index in 0..<60 { try await store.apply(Change([.access(.insertAccessKey(key(index), limit: nil))])) }
        #expect(try keysFound(in: folder) == Set(0..<60))
        for index in stride(from: 0, to: 40, by: 2) {
            // Switched off first, as is advisable; that leaves no copy.
            try await store.apply(Change([.access(.setAccessKeyActive("key\(index)", of: .root, in: account, false))]))
            try await store.apply(Change([.access(.deleteAccessKey("key\(index)", of: .root, in: account))]))
            #expect(try keysFound(in: folder).isDisjoint(with: stride(from: 0, through: index, by: 2)))
        }
        try await store.apply(Change([.access(.deleteService(code))]))
        #expect(try keysFound(in: folder) == Set(stride(from: 1, to: 40, by: 2)))
        #expect(try await store.accessKeys(of: account) == stride(from: 1, to: 40, by: 2).map { key($0) })
    }

    /// Bytes that belong to one key alone, in pieces of eight: its number, a mark, the piece's number.
    private func material(_ index: Int) -> [UInt8] {
        Array((0..<(20 + index % 9 * 25)).map { piece in "\(index + 1_000)~~\(piece % 90 + 10)" }.joined().utf8)
    }

    /// The keys of whose material there is a piece, anywhere in any file of the database.
    private func keysFound(in folder: TemporaryFolder) throws -> Set<Int> {
        var found: Set<Int> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder.path)/\(file)")))
            for mark in bytes.indices.dropFirst(4).dropLast() where bytes[mark] == 0x7E && bytes[mark + 1] == 0x7E {
                if let number = Int(String(decoding: bytes[mark - 4..<mark], as: UTF8.self)) {
                    found.insert(number - 1_000)
                }
            }
        }
        return found
    }
}
