package import KMSCore
internal import KMSCrypto

/// Makes a server out of a folder that has a restored database, and whatever opens one of its slots.
package struct RootKeyRecovery: Sendable {
    private let store: any SlotStore
    private let rotations: (any RootRotationStore)?
    private let folder: String
    private let ids: any IDSource

    /// - Parameters:
    ///   - rotations: as the loader has it.
    ///   - folder: where `root.key` and `root.pin` come to lie.
    package init(
        store: any SlotStore,
        rotations: (any RootRotationStore)? = nil,
        folder: String,
        ids: any IDSource = RandomIDs()
    ) {
        self.store = store
        self.rotations = rotations
        self.folder = folder
        self.ids = ids
    }

    /// Opens the root and adds a slot for a key file of this folder; may be repeated where it was interrupted.
    ///
    /// - Returns: the slot that the folder's key file opens now, and the fingerprint of the root, 32 bytes.
    package func recover(
        with guards: [any RootKeyGuard]
    ) async throws(RootKeyError) -> (slot: UUIDBytes, fingerprint: [UInt8]) {
        let table: SlotTable?
        do { table = try await store.slotTable(.server) } catch {
            throw RootKeyError("The database does not answer: \(error)")
        }
        // The loader would make a new root where there is nothing.
        guard table != nil else {
            throw RootKeyError("The database holds no root-key slot: put the backup into the data folder first.")
        }
        let ring = try await RootKeyLoader(
            store: store,
            rotations: rotations,
            folder: folder,
            guards: guards,
            ids: ids
        ).open()
        let files = RootKeyFolder(ProtectedFolder(path: folder), ids: ids)
        let key = try files.readOrMakeFileSlot()
        do throws(RootKeySlots.Failure) { try await RootKeySlots(store: store, ring: ring).add(key) } catch .exists {
            // The file was there, and its slot is: it opens, or the loader's words would have said why not.
        } catch { throw RootKeyError("The slot of \(files.fileGuard.path) could not be added: \(error)") }
        do { return (key.id, try ring.current.fingerprint()) } catch {
            throw RootKeyError("The root key's fingerprint could not be made: \(error.description)")
        }
    }
}
