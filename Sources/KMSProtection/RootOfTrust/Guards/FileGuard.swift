package import KMSCore
internal import KMSCrypto

/// Opens the slot whose private half lies in a key file.
package struct FileGuard: RootKeyGuard {
    private let folder: ProtectedFolder
    private let name: String

    package var kind: RootKeySlot.Kind { .file }

    /// The guard of the key file of a server's data folder.
    package init(folder: String) { self.init(ProtectedFolder(path: folder), RootKeyFolder.keyFile) }

    /// The guard of the key file at any path.
    package init(file: String) {
        guard let slash = file.lastIndex(of: "/") else {
            self.init(ProtectedFolder(path: "."), file)
            return
        }
        let folder = slash == file.startIndex ? "/" : String(file[..<slash])
        self.init(ProtectedFolder(path: folder), String(file[file.index(after: slash)...]))
    }

    init(_ folder: ProtectedFolder, _ name: String) {
        self.folder = folder
        self.name = name
    }

    var path: String { folder.path(of: name) }

    package func agree(for slot: RootKeySlot) async throws(RootKeyError) -> SecretBytes {
        guard let file = try read() else {
            throw RootKeyError(
                "\(path) does not exist. Copy the file from a backup, or from another server of the same database."
            )
        }
        guard file.id == slot.id else {
            throw RootKeyError(
                "\(path) belongs to slot \(file.id). Use the key file of this database, or connect the server to the "
                    + "database of this key file."
            )
        }
        guard let shared = slot.agree(with: file.privateKey) else {
            throw RootKeyError("\(path) is not the key of this slot: one of them was damaged or replaced.")
        }
        return shared
    }

    /// The file's content, or nil where there is no file.
    func read() throws(RootKeyError) -> FileSlot? {
        let content: SecretBytes?
        do { content = try folder.read(name, byteCount: FileSlot.byteCount, isSecret: true) } catch {
            throw RootKeyError(error.description)
        }
        guard let content else { return nil }
        guard let file = FileSlot.parsing(content) else {
            throw RootKeyError("\(path) is no key file of a root-key slot.")
        }
        return file
    }

    /// Makes a key pair for a slot of that id, and the file; nil where there is a file already.
    package func make(_ id: UUIDBytes, ids: any IDSource) throws(RootKeyError) -> RootSlotKey? {
        do {
            let file = try FileSlot.make(id)
            let key = try file.slotKey()
            let isCreated = try folder.create(name, file.file(), temporaryName: ".\(name).\(ids.next())")
            return isCreated ? key : nil
        } catch let error as ProtectedFolder.Failure { throw RootKeyError(error.description) } catch {
            throw RootKeyError("A key pair could not be made: \(error)")
        }
    }
}

extension FileSlot {
    /// What the root is wrapped to for this file.
    func slotKey() throws(CryptoError) -> RootSlotKey {
        RootSlotKey(.file, id, publicKey: try publicKey(), parameters: [])
    }
}
