internal import KMSCore
internal import KMSCrypto

/// What a server keeps of its root in its data folder: the key file of its own slot, and the pin.
struct RootKeyFolder: Sendable {
    static let keyFile = "root.key"
    static let pinFile = "root.pin"

    private let folder: ProtectedFolder
    private let ids: any IDSource

    init(_ folder: ProtectedFolder, ids: any IDSource) {
        self.folder = folder
        self.ids = ids
    }

    var pinPath: String { folder.path(of: Self.pinFile) }
    var fileGuard: FileGuard { FileGuard(folder, Self.keyFile) }

    /// The key of the file that lies there, made by a start that went no further or just now by another server, or of a
    /// new one.
    func readOrMakeFileSlot() throws(RootKeyError) -> RootSlotKey {
        if let key = try readFileSlot() { return key }
        if let key = try fileGuard.make(ids.next(), ids: ids) { return key }
        guard let key = try readFileSlot() else {
            throw RootKeyError("\(fileGuard.path) vanished while the server started.")
        }
        return key
    }

    private func readFileSlot() throws(RootKeyError) -> RootSlotKey? {
        guard let file = try fileGuard.read() else { return nil }
        do { return try file.slotKey() } catch {
            throw RootKeyError("\(fileGuard.path) could not be used: \(error.description)")
        }
    }

    func readPin() throws(RootKeyError) -> RootKeyPin? {
        let file: SecretBytes?
        do { file = try folder.read(Self.pinFile, byteCount: RootKeyPin.byteCount, isSecret: false) } catch {
            throw RootKeyError(error.description)
        }
        guard let file else { return nil }
        let bytes = file.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
        guard let pin = RootKeyPin(parsing: bytes) else { throw RootKeyError("\(pinPath) is damaged.") }
        return pin
    }

    func write(_ pin: RootKeyPin) throws(RootKeyError) {
        let content = SecretBytes(copying: pin.bytes)
        do {
            let temporary = ".\(Self.pinFile).\(ids.next())"
            if try folder.create(Self.pinFile, content, temporaryName: temporary) { return }
        } catch { throw RootKeyError(error.description) }
        // Another server of this folder wrote one meanwhile.
        guard try readPin() == pin else {
            throw RootKeyError("\(pinPath) remembers another root key than this database's.")
        }
    }

    /// Remembers another root than before. Two that do so at once remember the same.
    func replacePin(by pin: RootKeyPin) throws(RootKeyError) {
        let content = SecretBytes(copying: pin.bytes)
        do { try folder.replace(Self.pinFile, content, temporaryName: ".\(Self.pinFile).\(ids.next())") } catch {
            throw RootKeyError(error.description)
        }
    }
}
