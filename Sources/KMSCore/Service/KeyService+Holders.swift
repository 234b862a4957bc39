extension KeyService {
    /// Who will hold a new key of this spec, usage and level, or the reason why nobody does.
    package func holder(
        of spec: KeySpec,
        for usage: KeyUsage,
        level: ProtectionLevel,
        in region: RegionID
    ) throws(KMSError) -> KeyHolder {
        if level == .hsm { try judgeHSM(of: region, for: spec) }
        if let holder = vault.holder(of: spec, for: usage, level: level) { return holder }
        guard level == .hsm else {
            throw .unsupportedOperation("This server holds no keys of spec \(spec.rawValue) in software.")
        }
        let advice = spec.needsHSM ? "bring one" : "use the protection level SOFTWARE, or bring one"
        throw .unsupportedProtectionLevel(
            "This server has no HSM for keys of spec \(spec.rawValue) to \(usage.rawValue): \(advice) (hsm.pkcs11.module), or start keyhold-hsm and "
                + "name its socket (hsm.socket); dev starts it where the program lies beside keyhold-server."
        )
    }

    /// HSM keys exist where the region has an HSM, those of SM2 and SM4 where it has a Chinese one.
    private func judgeHSM(of region: RegionID, for spec: KeySpec) throws(KMSError) {
        guard !settings.allowsHSM(in: region, for: spec) else { return }
        let others = settings.regions.filter { settings.allowsHSM(in: $0, for: spec) }.map(\.description)
        let advice = others.isEmpty ? "no region of this server has" : "use \(others.joined(separator: ", "))"
        throw .unsupportedProtectionLevel("\(region) has no HSM for keys of spec \(spec.rawValue): \(advice).")
    }
}
