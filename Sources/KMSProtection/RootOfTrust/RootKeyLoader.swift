package import KMSCore
internal import KMSCrypto

/// Why a server has no root key and does not start; the text is for its operator.
package struct RootKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Opens the root key of a database with the file slot of a folder, or creates one where there is nothing yet.
///
/// A root key is created only in a database that holds no row which another root could have sealed. Everything else
/// that does not open is refused: a new root would never open what the old one sealed.
package struct RootKeyLoader: Sendable {
    private static let keyFile = "root.key"
    private static let pinFile = "root.pin"

    private let store: any SlotStore
    private let folder: ProtectedFolder
    private let ids: any IDSource

    /// - Parameter folder: an existing folder of the server's own, for `root.key` and `root.pin`.
    package init(store: any SlotStore, folder: String, ids: any IDSource = RandomIDs()) {
        self.store = store
        self.folder = ProtectedFolder(path: folder)
        self.ids = ids
    }

    package func open() async throws(RootKeyError) -> RootKeyRing {
        let root = try await root()
        do { return try RootKeyRing(root) } catch {
            throw RootKeyError("The keys below the root could not be derived: \(error.description)")
        }
    }

    private func root() async throws(RootKeyError) -> RootKey {
        let pin = try readPin()
        if let table = try await reading({ () async throws(StoreError) in try await store.slotTable(.server) }) {
            return try open(table, pinned: pin)
        }
        if try await reading({ () async throws(StoreError) in try await store.holdsSealedRows(of: .server) }) {
            throw RootKeyError(
                "The database holds keys or accounts but no root-key slot, so nothing in it can be opened. "
                    + "Restore the slot table from a backup of the same database."
            )
        }
        if let pin {
            throw RootKeyError(
                "\(folder.path(of: Self.pinFile)) remembers the root key of database \(pin.databaseID), but this "
                    + "database is empty. Connect the server to its own database, or remove the file to start anew."
            )
        }
        return try await create()
    }

    /// The order matters: the file is durable before the table that needs it, and the pin comes last.
    private func create() async throws(RootKeyError) -> RootKey {
        let slot = try readOrMakeFileSlot()
        let databaseID = ids.next()
        let root: RootKey
        let table: SlotTable
        do {
            root = RootKey(generation: 1, secret: try RandomBytes.secret(byteCount: RootKey.byteCount))
            let wrapped = try RootKeySlot.wrapping(
                root,
                of: databaseID,
                to: try slot.publicKey(),
                kind: .file,
                id: slot.id
            )
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
            return try open(winner, pinned: nil)
        } catch { throw Self.failure(error) }
        try pin(root, of: databaseID)
        return root
    }

    private func open(_ table: SlotTable, pinned pin: RootKeyPin?) throws(RootKeyError) -> RootKey {
        let path = folder.path(of: Self.keyFile)
        guard let slot = try readFileSlot() else {
            throw RootKeyError(
                "The root key of this database is guarded by a key file, and \(path) does not exist. "
                    + "Copy the file from a backup, or from another server of the same database."
            )
        }
        guard
            let wrapped = table.slots.lazy.compactMap(RootKeySlot.init(parsing:)).first(where: {
                $0.kind == .file && $0.id == slot.id
            })
        else {
            throw RootKeyError(
                "\(path) belongs to slot \(slot.id), which this database does not have. "
                    + "Use the key file of this database, or connect the server to the database of this key file."
            )
        }
        guard let root = wrapped.unwrap(with: slot.privateKey, of: table.databaseID, generation: table.generation)
        else {
            throw RootKeyError(
                "Slot \(slot.id) of the database does not open with \(path): one of them was damaged or replaced."
            )
        }
        try verify(table, under: root)
        let found = try Self.pin(of: root, databaseID: table.databaseID)
        guard let pin else {
            try write(found)
            return root
        }
        guard pin == found else {
            throw RootKeyError(
                "The database offers another root key than the one that this server used before "
                    + "(\(folder.path(of: Self.pinFile))). Somebody may have replaced it. If the database was "
                    + "replaced on purpose, remove that file and start again."
            )
        }
        return root
    }

    private func verify(_ table: SlotTable, under root: RootKey) throws(RootKeyError) {
        let code: [UInt8]
        do {
            code = try root.authenticationCode(databaseID: table.databaseID, slots: table.slots)
        } catch { throw RootKeyError("The slot table could not be verified: \(error.description)") }
        guard unsafe constantTimeEquals(code.span.bytes, table.authenticationCode.span.bytes) else {
            throw RootKeyError(
                "The table of root-key slots was changed by somebody who does not have the root key. "
                    + "Restore it from a backup."
            )
        }
    }

    private func readFileSlot() throws(RootKeyError) -> FileSlot? {
        guard let file = try read(Self.keyFile, byteCount: FileSlot.byteCount, isSecret: true) else { return nil }
        guard let slot = FileSlot.parsing(file) else {
            throw RootKeyError("\(folder.path(of: Self.keyFile)) is no key file of a root-key slot.")
        }
        return slot
    }

    private func read(_ name: String, byteCount: Int, isSecret: Bool) throws(RootKeyError) -> SecretBytes? {
        do { return try folder.read(name, byteCount: byteCount, isSecret: isSecret) } catch {
            throw RootKeyError(error.description)
        }
    }

    /// A file that lies there was made by a start that went no further, or just now by another server.
    private func readOrMakeFileSlot() throws(RootKeyError) -> FileSlot {
        if let slot = try readFileSlot() { return slot }
        let slot: FileSlot
        do { slot = try FileSlot.make(ids.next()) } catch {
            throw RootKeyError("A key pair could not be made: \(error.description)")
        }
        let isCreated: Bool
        do {
            isCreated = try folder.create(Self.keyFile, slot.file(), temporaryName: temporaryName(Self.keyFile))
        } catch { throw RootKeyError(error.description) }
        if isCreated { return slot }
        guard let slot = try readFileSlot() else {
            throw RootKeyError("\(folder.path(of: Self.keyFile)) vanished while the server started.")
        }
        return slot
    }

    private func readPin() throws(RootKeyError) -> RootKeyPin? {
        guard let file = try read(Self.pinFile, byteCount: RootKeyPin.byteCount, isSecret: false) else { return nil }
        let bytes = file.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
        guard let pin = RootKeyPin(parsing: bytes) else {
            throw RootKeyError("\(folder.path(of: Self.pinFile)) is damaged.")
        }
        return pin
    }

    private func pin(_ root: RootKey, of databaseID: UUIDBytes) throws(RootKeyError) {
        try write(Self.pin(of: root, databaseID: databaseID))
    }

    private static func pin(of root: RootKey, databaseID: UUIDBytes) throws(RootKeyError) -> RootKeyPin {
        do {
            return RootKeyPin(
                databaseID: databaseID,
                generation: root.generation,
                fingerprint: try root.fingerprint()
            )
        } catch { throw RootKeyError("The root key's fingerprint could not be made: \(error.description)") }
    }

    private func write(_ pin: RootKeyPin) throws(RootKeyError) {
        let content = SecretBytes(copying: pin.bytes)
        do {
            if try folder.create(Self.pinFile, content, temporaryName: temporaryName(Self.pinFile)) { return }
        } catch { throw RootKeyError(error.description) }
        // Another server of this folder wrote one meanwhile.
        guard try readPin() == pin else {
            throw RootKeyError("\(folder.path(of: Self.pinFile)) remembers another root key than this database's.")
        }
    }

    private func temporaryName(_ name: String) -> String { ".\(name).\(ids.next())" }

    private func reading<Value>(
        _ read: () async throws(StoreError) -> Value
    ) async throws(RootKeyError) -> Value {
        do { return try await read() } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: StoreError) -> RootKeyError {
        switch error {
        case .unavailable(let reason): RootKeyError("The database does not answer: \(reason)")
        default: RootKeyError("The database refused the root key's slot table: \(error).")
        }
    }
}
