internal import KMSCore
internal import KMSCrypto

/// Does what a message asks for: the key process without its socket.
package struct HSMRequestHandler: Sendable {
    private let root: HSMRoot

    package init(_ root: HSMRoot) { self.root = root }

    /// The answer; nil for a message that is no request, whose sender is not to be talked to any further.
    package func answer(to message: HSMMessage) -> HSMMessage? {
        guard let request = HSMRequest(message) else { return nil }
        let answer: HSMAnswer
        do throws(VaultError) { answer = try self.answer(to: request) } catch {
            answer =
                switch error {
                case .refused: .refused
                case .busy: .unavailable("Too much work waits for the key process.")
                case .unavailable(let text): .unavailable(text)
                }
        }
        return answer.message
    }

    private func answer(to request: HSMRequest) throws(VaultError) -> HSMAnswer {
        switch request {
        case .status: return .done(root.status.fields)
        case .createRoot(let databaseID):
            return try table { () throws(RootKeyError) in try root.createTable(databaseID: databaseID) }
        case .openRoot(let table):
            do { try root.open(table) } catch { throw .unavailable(error.description) }
            return .done()
        case .addNode(let node, let table):
            return try self.table { () throws(RootKeyError) in try root.addNode(node, to: table) }
        case .removeNode(let slot, let table):
            return try self.table { () throws(RootKeyError) in try root.removeNode(slot: slot, from: table) }
        default:
            guard let vault = root.vault else { return .locked }
            return try answer(to: request, with: vault)
        }
    }

    private func table(_ make: () throws(RootKeyError) -> SlotTable) throws(VaultError) -> HSMAnswer {
        var fields: [UInt8] = []
        do { fields.append(try make()) } catch { throw .unavailable(error.description) }
        return .done(fields)
    }

    private func answer(to request: HSMRequest, with vault: SynchronousVault) throws(VaultError) -> HSMAnswer {
        var fields: [UInt8] = []
        var secret: SecretBox?
        switch request {
        case .makeVersion(let identity, let now): fields.append(try vault.makeVersion(identity, at: now))
        case .seal(let plaintext, let version, let context):
            fields = try Self.seal(plaintext, version, context, vault).bytes
        case .open(let blob, let version, let context):
            secret = SecretBox(try vault.open(blob, under: version, authenticating: context))
        case .publicKey(let version): fields = try vault.publicKey(of: version)
        case .sign(let digest, let algorithm, let version):
            fields = try vault.sign(digest, with: algorithm, under: version)
        case .decrypt(let ciphertext, let algorithm, let version):
            secret = try vault.decrypt(ciphertext, with: algorithm, under: version)
        case .makeImportPair(let identity):
            let pair = try SynchronousVault.makePair(identity.spec.keySpec)
            fields.append(try vault.makeImportPair(identity, of: pair))
        case .importMaterial(let wrapped, let pair, let version):
            fields.append(try vault.importMaterial(wrapped, under: pair, into: version))
        case .forget(let versions): vault.forget(versions)
        case .status, .createRoot, .openRoot, .addNode, .removeNode: throw .refused
        }
        return .done(fields, secret: secret)
    }

    private static func seal(
        _ plaintext: SecretBox?,
        _ version: KeyVersion,
        _ context: EncryptionContext,
        _ vault: SynchronousVault
    ) throws(VaultError) -> CiphertextBlob {
        guard let plaintext else {
            return try vault.seal(SecretBytes(copying: []), under: version, authenticating: context)
        }
        return try plaintext.with { plaintext throws(VaultError) in
            try vault.seal(plaintext, under: version, authenticating: context)
        }
    }
}
