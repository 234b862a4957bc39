package import KMSCore
internal import KMSCrypto
internal import Synchronization

/// The root key of the key process, and what guards it: `root.key`, `root.pin` and `nodes.admitted` in a folder of its
/// own (`Documentation/HSMProtocol.md`).
///
/// The root lies in a slot table that the server keeps in its database and hands over. It is opened here and never leaves
/// in the clear; it is wrapped only to nodes that an operator has admitted on this machine.
package final class HSMRoot: Sendable {
    private struct Opened {
        let databaseID: UUIDBytes
        let root: RootKey
        let fingerprint: [UInt8]
        let vault: SynchronousVault
    }

    private let slot: FileSlot
    private let pin: KeptFile
    private let admitted: KeptFile
    private let opened = Mutex<Opened?>(nil)
    /// This process's own, for `show-public-key` and for whoever provisions it.
    package let node: HSMNodeKey

    private static let keyFile = "root.key"
    private static let pinFile = "root.pin"
    private static let admittedFile = "nodes.admitted"
    private static let admittedLimit = 64
    /// Slots of one table.
    private static let slotLimit = 64

    /// Reads the guard in `folder`, or makes it at the first start. All files stay open as far as they are needed later.
    package convenience init(folder: String, ids: any IDSource = RandomIDs()) throws(RootKeyError) {
        let slot = try Self.readOrMakeGuard(ProtectedFolder(path: folder), ids)
        let publicKey: [UInt8]
        do { publicKey = try slot.publicKey() } catch { throw RootKeyError(error.description) }
        let node = HSMNodeKey(slot: slot.id, publicKey: publicKey)
        let pin = try KeptFile.open("\(folder)/\(Self.pinFile)")
        let admitted = try KeptFile.open("\(folder)/\(Self.admittedFile)")
        self.init(slot: slot, pin: pin, admitted: admitted, node: node)
        _ = try readPin()
    }

    private init(
        slot: consuming FileSlot,
        pin: consuming KeptFile,
        admitted: consuming KeptFile,
        node: HSMNodeKey
    ) {
        self.slot = slot
        self.pin = pin
        self.admitted = admitted
        self.node = node
    }

    private static func readOrMakeGuard(
        _ folder: ProtectedFolder,
        _ ids: any IDSource
    ) throws(RootKeyError) -> FileSlot {
        let made: FileSlot
        do { made = try FileSlot.make(ids.next()) } catch { throw RootKeyError(error.description) }
        let file: SecretBytes?
        do {
            // One that is there stays, and is read back in any case.
            _ = try folder.create(keyFile, made.file(), temporaryName: ".\(keyFile).\(ids.next())")
            file = try folder.read(keyFile, byteCount: FileSlot.byteCount, isSecret: true)
        } catch { throw RootKeyError(error.description) }
        guard let file, let slot = FileSlot.parsing(file) else {
            throw RootKeyError("\(folder.path(of: keyFile)) is no key file of a root-key slot.")
        }
        return slot
    }

    /// Lets a node have the root: run by the operator as the user of the process, for ``addNode(_:to:)``.
    package static func admit(_ node: HSMNodeKey, folder: String) throws(RootKeyError) {
        let file = try KeptFile.open("\(folder)/\(admittedFile)")
        let known = try file.read(limit: admittedLimit * HSMNodeKey.byteCount)
        // What was torn by a crash in the middle is written over.
        let whole = known.prefix(known.count / HSMNodeKey.byteCount * HSMNodeKey.byteCount)
        guard whole.count / HSMNodeKey.byteCount < admittedLimit else {
            throw RootKeyError("\(file.path) holds \(admittedLimit) nodes already: empty it, they have their slots.")
        }
        try file.write(whole + node.bytes)
    }

    /// Works with keys under the root; nil while the process is locked.
    package var vault: SynchronousVault? { opened.withLock { $0?.vault } }

    package var status: HSMStatus {
        let root = opened.withLock { opened in
            opened.map {
                HSMStatus.Root(
                    databaseID: $0.databaseID,
                    generation: $0.root.generation,
                    fingerprint: $0.fingerprint
                )
            }
        }
        return HSMStatus(node: node, root: root)
    }

    /// A new root in a slot of this process. Nothing of it is kept: the table opens it, if it becomes the database's.
    func createTable(databaseID: UUIDBytes) throws(RootKeyError) -> SlotTable {
        if let pin = try readPin() {
            throw RootKeyError(
                "keyhold-hsm knows the root key of database \(pin.databaseID) and makes no other. To start anew with "
                    + "another database, and to lose every key of that one, remove \(self.pin.path)."
            )
        }
        do {
            let root = RootKey(generation: 1, secret: try RandomBytes.secret(byteCount: RootKey.byteCount))
            return try Self.table(root, of: databaseID, slots: [try wrap(root, of: databaseID, to: node)])
        } catch { throw RootKeyError("The root key of keyhold-hsm could not be made: \(error.description)") }
    }

    /// Opens the root in `table` and remembers which it is.
    func open(_ table: SlotTable) throws(RootKeyError) {
        let root = try root(in: table)
        let fingerprint: [UInt8]
        do { fingerprint = try root.fingerprint() } catch { throw RootKeyError(error.description) }
        let found = RootKeyPin(
            databaseID: table.databaseID,
            generation: root.generation,
            fingerprint: fingerprint
        )
        try opened.withLock { opened throws(RootKeyError) in
            if let pin = try readPin() {
                guard pin == found else {
                    throw RootKeyError(
                        "The database offers keyhold-hsm another root key than the one it used before "
                            + "(\(self.pin.path)). Somebody may have replaced it."
                    )
                }
            } else {
                try pin.write(found.bytes)
            }
            guard opened?.fingerprint != fingerprint else { return }
            let ring: RootKeyRing
            do throws(CryptoError) { ring = try RootKeyRing(root) } catch { throw RootKeyError(error.description) }
            opened = Opened(
                databaseID: table.databaseID,
                root: root,
                fingerprint: fingerprint,
                vault: SynchronousVault(root: ring, level: .hsm, backend: HSMProcess.backend)
            )
        }
    }

    /// The table with a slot for another node, which an operator must have admitted here: whoever speaks for the server
    /// cannot have the root wrapped to a key of his own.
    func addNode(_ node: HSMNodeKey, to table: SlotTable) throws(RootKeyError) -> SlotTable {
        let known = try admitted.read(limit: Self.admittedLimit * HSMNodeKey.byteCount)
        let isAdmitted = stride(from: 0, through: known.count - HSMNodeKey.byteCount, by: HSMNodeKey.byteCount)
            .contains { known[$0..<$0 + HSMNodeKey.byteCount].elementsEqual(node.bytes) }
        guard isAdmitted else {
            throw RootKeyError(
                "The node is not admitted. On a machine whose keyhold-hsm is open, run as its user: keyhold-hsm admit \(node)"
            )
        }
        let root = try root(in: table)
        let slots = table.slots.compactMap(RootKeySlot.init(parsing:))
        guard !slots.contains(where: { $0.id == node.slot }) else {
            throw RootKeyError("The node has a slot already.")
        }
        guard table.slots.count < Self.slotLimit else {
            throw RootKeyError("The table has \(Self.slotLimit) slots, which is the most.")
        }
        do {
            return try Self.table(
                root,
                of: table.databaseID,
                slots: table.slots + [try wrap(root, of: table.databaseID, to: node)]
            )
        } catch { throw RootKeyError("The node could not be added: \(error.description)") }
    }

    /// The table without a node's slot. This process's own stays, so that one is left that opens.
    func removeNode(slot: UUIDBytes, from table: SlotTable) throws(RootKeyError) -> SlotTable {
        let root = try root(in: table)
        guard slot != node.slot else {
            throw RootKeyError("That is the slot of this very process; remove it from another node.")
        }
        let left = table.slots.filter { RootKeySlot(parsing: $0)?.id != slot }
        guard left.count < table.slots.count else { throw RootKeyError("There is no slot \(slot).") }
        do { return try Self.table(root, of: table.databaseID, slots: left) } catch {
            throw RootKeyError("The node could not be removed: \(error.description)")
        }
    }

    private func wrap(_ root: RootKey, of databaseID: UUIDBytes, to node: HSMNodeKey) throws(CryptoError) -> [UInt8] {
        try RootKeySlot.wrapping(
            root,
            of: databaseID,
            to: RootSlotKey(.file, node.slot, publicKey: node.publicKey, parameters: [])
        ).bytes
    }

    private static func table(
        _ root: RootKey,
        of databaseID: UUIDBytes,
        slots: [[UInt8]]
    ) throws(CryptoError) -> SlotTable {
        SlotTable(
            databaseID: databaseID,
            generation: root.generation,
            slots: slots,
            authenticationCode: try root.authenticationCode(databaseID: databaseID, slots: slots)
        )
    }

    /// The root that the table has for this process, which has authenticated the whole table.
    private func root(in table: SlotTable) throws(RootKeyError) -> RootKey {
        let slots = table.slots.compactMap(RootKeySlot.init(parsing:))
        guard let mine = slots.first(where: { $0.id == slot.id && $0.kind == .file }) else {
            throw RootKeyError(
                "The root key of keyhold-hsm in this database has no slot for this node. On a node that has one, run: "
                    + "keyhold-hsm admit \(node) and keyhold-server hsm add-node \(node)"
            )
        }
        guard let shared = mine.agree(with: slot.privateKey),
            let root = mine.unwrap(with: shared, of: table.databaseID, generation: table.generation)
        else {
            throw RootKeyError("Slot \(slot.id) of keyhold-hsm's root key does not open: it was damaged or replaced.")
        }
        let code: [UInt8]
        do { code = try root.authenticationCode(databaseID: table.databaseID, slots: table.slots) } catch {
            throw RootKeyError(error.description)
        }
        guard unsafe constantTimeEquals(code.span.bytes, table.authenticationCode.span.bytes) else {
            throw RootKeyError("The slot table of keyhold-hsm was changed by somebody who does not have its root key.")
        }
        return root
    }

    private func readPin() throws(RootKeyError) -> RootKeyPin? {
        let bytes = try pin.read(limit: RootKeyPin.byteCount)
        if bytes.isEmpty { return nil }
        guard let pin = RootKeyPin(parsing: bytes) else { throw RootKeyError("\(self.pin.path) is damaged.") }
        return pin
    }
}
