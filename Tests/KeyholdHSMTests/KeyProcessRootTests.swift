import Foundation
import KMSCore
import KMSCrypto
import KMSProtection
import KMSTestKit
import Synchronization
import Testing

/// The root key of the key process: where it may come from, and who may have it.
@Suite("The root key of the key process")
struct KeyProcessRootTests {
    private let identity: VersionIdentity

    init() throws {
        identity = try #require(
            VersionIdentity.sample(.aes256, level: .hsm, backend: HSMProcess.backend, algorithm: .aes256GCM)
        )
    }

    @Test("is made once for a database, and the process tells which it has")
    func once() async throws {
        let process = try KeyProcess()
        let tables = KeptTables()
        let vault = process.vault(tables)
        let status = try await vault.status()
        let table = try #require(tables[.hsm])
        #expect(table.slots.count == 1)
        #expect(status.root?.databaseID == table.databaseID && status.root?.generation == 1)
        let shown = try KeyProcess.run(["show-public-key", "--data", process.data])
        #expect(shown.output == "\(status.node)\n")
        process.kill()
        try process.start()
        #expect(try await vault.status() == status)
        #expect(tables[.hsm] == table)
    }

    @Test("is not made where keys are that another root sealed, nor a second time for another database")
    func refusesASecond() async throws {
        let process = try KeyProcess()
        let orphaned = KeptTables()
        orphaned.holdsRows.withLock { $0 = true }
        #expect(
            await reason { () throws(VaultError) in _ = try await process.vault(orphaned).status() }.contains(
                "not the slot table"
            )
        )
        #expect(orphaned[.hsm] == nil)
        _ = try await process.vault(KeptTables()).status()
        // Another database, while open and after a restart.
        let other = KeptTables()
        process.kill()
        try process.start()
        #expect(
            await reason { () throws(VaultError) in _ = try await process.vault(other).status() }.contains(
                "makes no other"
            )
        )
        #expect(other[.hsm] == nil)
    }

    @Test("that was substituted is refused, and so is a table that was changed")
    func substituted() async throws {
        let (process, stranger) = (try KeyProcess(), try KeyProcess())
        let (tables, others) = (KeptTables(), KeptTables())
        let vault = process.vault(tables)
        let own = try await vault.status().node
        let table = try #require(tables[.hsm])
        // Somebody who runs a key process of his own wraps his root to this one's public key.
        let strange = stranger.vault(others)
        _ = try await strange.status()
        _ = try KeyProcess.run(["admit", "--data", stranger.data, "\(own)"])
        try await strange.addNode(own)
        process.kill()
        try process.start()
        tables[.hsm] = others[.hsm]
        #expect(await reason { () throws(VaultError) in _ = try await vault.status() }.contains("another root key"))
        var slots = table.slots
        slots.append(slots[0])
        tables[.hsm] = SlotTable(
            databaseID: table.databaseID,
            generation: table.generation,
            slots: slots,
            authenticationCode: table.authenticationCode
        )
        #expect(await reason { () throws(VaultError) in _ = try await vault.status() }.contains("was changed"))
        tables[.hsm] = table
        #expect(try await vault.status().node == own)
    }

    @Test("reaches a second node only if that was admitted where the first one runs")
    func secondNode() async throws {
        let (first, second) = (try KeyProcess(), try KeyProcess())
        let tables = KeptTables()
        let vault = first.vault(tables)
        let version = try await vault.makeVersion(identity, at: Timestamp(seconds: 1))
        let blob = try await vault.seal(SecretBytes(copying: [42]), under: version, authenticating: .init())
        let elsewhere = second.vault(tables)
        #expect(
            await reason { () throws(VaultError) in _ = try await elsewhere.status() }.contains("no slot for this node")
        )

        let shown = try KeyProcess.run(["show-public-key", "--data", second.data]).output
        let node = try #require(HSMNodeKey(text: shown.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(await reason { () throws(VaultError) in try await vault.addNode(node) }.contains("not admitted"))
        #expect(tables[.hsm]?.slots.count == 1)
        #expect(try KeyProcess.run(["admit", "--data", first.data, "\(node)"]).status == 0)
        try await vault.addNode(node)
        #expect(await reason { () throws(VaultError) in try await vault.addNode(node) }.contains("has a slot already"))
        let opened = try await elsewhere.open(blob, under: version, authenticating: .init())
        let isSame = opened.equals(SecretBytes(copying: [42]))
        #expect(isSame)

        // Either may take the other's slot away, and never its own.
        let status = try await vault.status()
        #expect(
            await reason { () throws(VaultError) in try await vault.removeNode(slot: status.node.slot) }.contains(
                "this very process"
            )
        )
        try await elsewhere.removeNode(slot: status.node.slot)
        first.kill()
        try first.start()
        #expect(
            await reason { () throws(VaultError) in _ = try await vault.status() }.contains("no slot for this node")
        )
    }

    @Test("nothing but a node key is admitted")
    func admitsNodeKeysOnly() throws {
        let process = try KeyProcess()
        for text in ["", "AAAA", "not a key"] {
            #expect(try KeyProcess.run(["admit", "--data", process.data, text]).status != 0)
        }
    }
}
