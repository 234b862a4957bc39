package import KMSCore
internal import KMSCrypto

/// Opens the root key of a database with the guards that a server has, or creates one where there is nothing yet.
///
/// A root key is created only in a database that holds no row which another root could have sealed. Everything else
/// that does not open is refused: a new root would never open what the old one sealed.
package struct RootKeyLoader: Sendable {
    let store: any SlotStore
    let rotations: (any RootRotationStore)?
    let folder: RootKeyFolder
    private let guards: [any RootKeyGuard]
    private let ids: any IDSource

    /// - Parameters:
    ///   - rotations: where rotations of this root are remembered; without it the root is one that does not rotate.
    ///   - folder: an existing folder of the server's own, for `root.key` and `root.pin`.
    ///   - guards: what opens slots besides the folder's key file.
    package init(
        store: any SlotStore,
        rotations: (any RootRotationStore)? = nil,
        folder: String,
        guards: [any RootKeyGuard] = [],
        ids: any IDSource = RandomIDs()
    ) {
        self.store = store
        self.rotations = rotations
        self.folder = RootKeyFolder(ProtectedFolder(path: folder), ids: ids)
        self.guards = [self.folder.fileGuard] + guards
        self.ids = ids
    }

    package func open() async throws(RootKeyError) -> RootKeyRing {
        try await withRotation(try await root())
    }

    func root() async throws(RootKeyError) -> RootKey {
        let pin = try folder.readPin()
        if let table = try await reading({ () async throws(StoreError) in try await store.slotTable(.server) }) {
            return try await open(table, pinned: pin)
        }
        if try await reading({ () async throws(StoreError) in try await store.holdsSealedRows(of: .server) }) {
            throw RootKeyError(
                "The database holds keys or accounts but no root-key slot, so nothing in it can be opened. "
                    + "Restore the slot table from a backup of the same database."
            )
        }
        if let pin {
            throw RootKeyError(
                "\(folder.pinPath) remembers the root key of database \(pin.databaseID), but this "
                    + "database is empty. Connect the server to its own database, or remove the file to start anew."
            )
        }
        return try await create()
    }

    /// The order matters: the file is durable before the table that needs it, and the pin comes last.
    private func create() async throws(RootKeyError) -> RootKey {
        let key = try folder.readOrMakeFileSlot()
        let databaseID = ids.next()
        let root: RootKey
        let table: SlotTable
        do {
            root = RootKey(generation: 1, secret: try RandomBytes.secret(byteCount: RootKey.byteCount))
            let wrapped = try RootKeySlot.wrapping(root, of: databaseID, to: key)
            table = SlotTable(
                databaseID: databaseID,
                generation: root.generation,
                slots: [wrapped.bytes],
                authenticationCode: try root.authenticationCode(databaseID: databaseID, slots: [wrapped.bytes])
            )
        } catch { throw RootKeyError("The root key could not be made: \(error.description)") }
        do { try await store.createSlotTable(table, .server) } catch .alreadyExists {
            // Another server was faster, and its root is the database's.
            guard let winner = try await reading({ () async throws(StoreError) in try await store.slotTable(.server) })
            else {
                throw RootKeyError("The database came to hold keys while its root key was being created. Start again.")
            }
            return try await open(winner, pinned: nil)
        } catch { throw Self.failure(error) }
        try pin(root, of: databaseID)
        return root
    }

    private func open(_ table: SlotTable, pinned pin: RootKeyPin?) async throws(RootKeyError) -> RootKey {
        let root = try await table.open(with: guards).root
        try table.verify(under: root)
        let found = try Self.pin(of: root, databaseID: table.databaseID)
        guard let pin else {
            try folder.write(found)
            return root
        }
        if pin == found { return root }
        guard try await isSucceeded(pin, by: found) else {
            throw RootKeyError(
                "The database offers another root key than the one that this server used before "
                    + "(\(folder.pinPath)). Somebody may have replaced it. If the database was "
                    + "replaced on purpose, remove that file and start again."
            )
        }
        try folder.replacePin(by: found)
        return root
    }

    private func pin(_ root: RootKey, of databaseID: UUIDBytes) throws(RootKeyError) {
        try folder.write(Self.pin(of: root, databaseID: databaseID))
    }

    static func pin(of root: RootKey, databaseID: UUIDBytes) throws(RootKeyError) -> RootKeyPin {
        do {
            return RootKeyPin(
                databaseID: databaseID,
                generation: root.generation,
                fingerprint: try root.fingerprint()
            )
        } catch { throw RootKeyError("The root key's fingerprint could not be made: \(error.description)") }
    }

    func reading<Value>(
        _ read: () async throws(StoreError) -> Value
    ) async throws(RootKeyError) -> Value {
        do { return try await read() } catch { throw Self.failure(error) }
    }

    static func failure(_ error: StoreError) -> RootKeyError {
        switch error {
        case .unavailable(let reason): RootKeyError("The database does not answer: \(reason)")
        default: RootKeyError("The database refused the root key's slot table: \(error).")
        }
    }
}
