package import KMSCore
internal import KMSCrypto

/// Works once with keys of throw-away material, so that whatever libcrypto reads or loads at a first use is read and
/// loaded while the process still may.
package enum HSMRehearsal {
    /// - Throws: where this machine's libcrypto does not do what it must.
    package static func run() throws(VaultError) {
        guard let account = AccountID("1"), let region = RegionID("rehearsal") else { return }
        let ring: RootKeyRing
        do {
            ring = try RootKeyRing(RootKey(generation: 1, secret: try RandomBytes.secret(byteCount: RootKey.byteCount)))
        } catch { throw .unavailable(error.description) }
        let vault = SynchronousVault(root: ring, level: .hsm, backend: HSMProcess.backend)
        // RSA loads nothing that the others do not, and a pair takes long to make.
        for spec in KeySpec.allCases where spec != .rsa2048 && spec != .rsa3072 {
            let identity = VersionIdentity(
                id: KeyVersionID(.zero),
                key: KeyID(.zero),
                namespace: Namespace(account: account, region: region),
                spec: spec,
                usage: spec.defaultUsage,
                origin: .aliyunKMS,
                level: .hsm,
                backend: HSMProcess.backend,
                algorithm: spec.algorithm(at: .hsm)
            )
            let version = try vault.makeVersion(identity, at: Timestamp(seconds: 0))
            let digest = [UInt8](repeating: 1, count: SignatureAlgorithm.digestByteCount)
            guard !spec.isSymmetric else {
                let blob = try vault.seal(SecretBytes(copying: digest), under: version, authenticating: .init())
                _ = try vault.open(blob, under: version, authenticating: .init())
                continue
            }
            vault.forget([version.id])
            for algorithm in SignatureAlgorithm.allCases where algorithm.fits(spec) {
                _ = try vault.sign(digest, with: algorithm, under: version)
            }
        }
    }
}
