internal import KMSCore
internal import KMSProtection

/// What the operator may ask of the isolated key process through the running server.
enum KeyProcessOperations {
    /// - Parameter vault: nil where no key process is configured; every operation says so then.
    static func entries(_ vault: HSMProcessVault?) -> [Catalogue.Entry] {
        [
            entry("GetKeyProcess", vault) { _, _ throws(KMSError) in { _ throws(VaultError) in } },
            entry("AddKeyProcessNode", vault) { reader, _ throws(KMSError) in
                guard let node = HSMNodeKey(text: try reader.text("NodeKey")) else {
                    throw .invalid("NodeKey", "Use what keyhold-hsm show-public-key shows.")
                }
                return { vault throws(VaultError) in try await vault.addNode(node) }
            },
            entry("RemoveKeyProcessNode", vault) { reader, _ throws(KMSError) in
                guard let slot = UUIDBytes(text: try reader.text("SlotId").utf8) else {
                    throw .invalid("SlotId", "Use a UUID of 36 characters.")
                }
                return { vault throws(VaultError) in try await vault.removeNode(slot: slot) }
            },
        ]
    }

    private typealias Work = @Sendable (HSMProcessVault) async throws(VaultError) -> Void

    /// An operation that reads its parameters, does its work, and answers with what the process then tells of itself.
    private static func entry(
        _ name: String,
        _ vault: HSMProcessVault?,
        reading read: @escaping @Sendable (inout ParameterReader, Call) throws(KMSError) -> Work
    ) -> Catalogue.Entry {
        Catalogue.Entry(named: name) { parameters, call, _ async throws(KMSError) in
            var reader = ParameterReader(parameters)
            let work = try read(&reader, call)
            try reader.finish()
            guard let vault else {
                throw .unsupportedOperation(
                    "No key process is configured: set hsm.socket to the socket of keyhold-hsm."
                )
            }
            do throws(VaultError) {
                try await work(vault)
                return Answer(status: try await vault.status())
            } catch {
                switch error {
                case .unavailable(let reason): throw .unsupportedOperation(reason)
                case .busy, .refused: throw .unavailable("The key process did not do it: \(error)")
                }
            }
        }
    }

    private struct Answer: Response {
        let status: HSMStatus

        func write(to fields: inout some FieldWriter) {
            fields.text("NodeKey", status.node.description)
            fields.id("SlotId", status.node.slot)
            guard let root = status.root else { return }
            fields.id("DatabaseId", root.databaseID)
            fields.number("Generation", Int(root.generation))
        }
    }
}
