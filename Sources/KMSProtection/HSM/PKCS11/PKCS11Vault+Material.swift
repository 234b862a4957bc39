internal import KMSCore
internal import KMSCrypto
internal import Synchronization

/// From a version to its key in the token, and back.
extension PKCS11Vault {
    /// A key as it is known before the token is asked: in the token already, or as the token wrapped it.
    struct KnownKey: Sendable {
        let blob: TokenBlob
        let key: TokenKey?
        let forgettings: UInt64
    }

    func knownKey(of version: KeyVersion) throws(VaultError) -> KnownKey {
        let (key, forgettings) = opened.withLock { ($0.key(of: version), $0.forgettings) }
        if let key { return KnownKey(blob: key.blob, key: key, forgettings: forgettings) }
        return KnownKey(blob: try blob(of: version), key: nil, forgettings: forgettings)
    }

    /// The key in the token: the one that is there, if it is of this connection, or unwrapped anew.
    func key(_ known: KnownKey, of version: KeyVersion, _ keys: WrappedKeys) throws(PKCS11Error) -> TokenKey {
        if let key = known.key, key.connection === keys.connection { return key }
        let key = try keys.open(known.blob, version.identity.spec)
        opened.withLock { $0.remember(key, of: version, openedAt: known.forgettings) }
        return key
    }

    /// What lies in the outer seal, bound to everything that the version says of itself.
    func blob(of version: KeyVersion) throws(VaultError) -> TokenBlob {
        let identity = version.identity
        try check(identity)
        guard identity.spec.isSymmetric == (version.publicKey == nil) else {
            throw .unavailable("Key version \(version.id) has no key pair.")
        }
        guard let blob = TokenBlob(parsing: Self.array(try versionRecords.open(version, version.publicKey))) else {
            throw .unavailable("The sealed material of key version \(version.id) is no key of a token.")
        }
        return blob
    }

    func check(_ level: ProtectionLevel, _ backend: String) throws(VaultError) {
        guard backend == self.backend, level == .hsm else {
            throw .unavailable(
                "The vault \(self.backend) holds HSM keys, and none of \(level.rawValue) in \(backend)."
            )
        }
    }

    func check(_ identity: VersionIdentity) throws(VaultError) {
        try check(identity.level, identity.backend)
        guard identity.algorithm == identity.spec.algorithm(at: .hsm) else {
            throw .unavailable("Key version \(identity.id) names an algorithm that its spec does not have.")
        }
    }

    /// A wrapped key is no secret: the token's own wrapping lies around it.
    static func array(_ bytes: borrowing SecretBytes) -> [UInt8] {
        bytes.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
    }

    func perform<Value>(_ body: (WrappedKeys) throws(PKCS11Error) -> Value) throws(PKCS11Error) -> Value {
        try wrappingKey.perform { (connection, handle) throws(PKCS11Error) in
            try body(
                WrappedKeys(
                    connection: connection,
                    wrappingKey: handle,
                    generation: self.wrappingKey.backend.generation,
                    vendor: self.vendor
                )
            )
        }
    }

    /// Has the workers do something with the token.
    func work<Value: Sendable>(
        _ body: @escaping @Sendable (WrappedKeys) throws(PKCS11Error) -> Value
    ) async throws(VaultError) -> Value {
        let result: Result<Value, PKCS11Error>
        do {
            result = try await workers.run {
                do throws(PKCS11Error) { return .success(try self.perform(body)) } catch { return .failure(error) }
            }
        } catch { throw .busy }
        switch result {
        case .success(let value): return value
        case .failure(let error): throw .unavailable(error.description)
        }
    }
}
