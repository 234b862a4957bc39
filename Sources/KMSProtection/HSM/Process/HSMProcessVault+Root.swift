package import KMSCore

/// The root key of the key process, whose slot table this side keeps and cannot open.
extension HSMProcessVault {
    /// What the process tells of itself, after it was handed its table where there is one.
    package func status() async throws(VaultError) -> HSMStatus {
        var status = try await told()
        if status.root == nil {
            try await unlock()
            status = try await told()
        }
        return status
    }

    private func told() async throws(VaultError) -> HSMStatus {
        guard let status = HSMStatus(parsing: try await administer(.status).fields) else { throw Self.malformed }
        return status
    }

    /// Hands the process its slot table; the first time in the life of a database it makes one.
    func unlock() async throws(VaultError) {
        let table: SlotTable
        if let known = try await reading({ () async throws(StoreError) in try await store.slotTable(.hsm) }) {
            table = known
        } else {
            table = try await create()
        }
        _ = try await administer(.openRoot(table))
    }

    /// The process opens the table only once the database has it: a loser of the race holds no root that nobody knows.
    private func create() async throws(VaultError) -> SlotTable {
        if try await reading({ () async throws(StoreError) in try await store.holdsSealedRows(of: .hsm) }) {
            throw .unavailable(
                "The database holds keys of keyhold-hsm but not the slot table of its root key: restore the table from "
                    + "a backup of the same database."
            )
        }
        guard let server = try await reading({ () async throws(StoreError) in try await store.slotTable(.server) })
        else { throw .unavailable("The database has no root key yet.") }
        let made = try Self.table(in: try await administer(.createRoot(databaseID: server.databaseID)))
        do { try await store.createSlotTable(made, .hsm) } catch .alreadyExists {
            let winner = try await reading { () async throws(StoreError) in try await store.slotTable(.hsm) }
            guard let winner else {
                throw .unavailable("The database came to hold keys of keyhold-hsm while its root key was being made.")
            }
            return winner
        } catch { throw Self.failure(error) }
        return made
    }

    /// Gives another node's key process the root key. The node must have been admitted on the machine of this one.
    package func addNode(_ node: HSMNodeKey) async throws(VaultError) {
        try await change { table in .addNode(node, table) }
    }

    /// Takes a node's slot away. What it has opened it keeps until its process ends.
    package func removeNode(slot: UUIDBytes) async throws(VaultError) {
        try await change { table in .removeNode(slot: slot, table) }
    }

    private func change(_ request: (SlotTable) -> HSMRequest) async throws(VaultError) {
        _ = try await status()
        // Another node may change the table at the same time; it is read anew then.
        for _ in 0..<4 {
            guard let table = try await reading({ () async throws(StoreError) in try await store.slotTable(.hsm) })
            else { throw .unavailable("keyhold-hsm has no root key yet.") }
            let changed = try Self.table(in: try await administer(request(table)))
            do {
                return try await store.replaceSlotTable(changed, .hsm, replacing: table.authenticationCode)
            } catch .conflict { continue } catch { throw Self.failure(error) }
        }
        throw .unavailable("The slot table of keyhold-hsm is being changed by somebody else all the time.")
    }

    private static func table(in reply: Reply) throws(VaultError) -> SlotTable {
        var reader = ByteReader(reply.fields)
        guard let table = reader.slotTable(), reader.isAtEnd else { throw malformed }
        return table
    }

    private func reading<Value>(
        _ read: () async throws(StoreError) -> Value
    ) async throws(VaultError) -> Value {
        do { return try await read() } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: StoreError) -> VaultError {
        .unavailable("The slot table of keyhold-hsm could not be read or written: \(error)")
    }
}
