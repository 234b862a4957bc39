package import KMSCore

/// Opens slots whose private half only a TPM 2.0 can use.
package struct TPMGuard: RootKeyGuard {
    private let tcti: String

    package var kind: RootKeySlot.Kind { .tpm }

    /// - Parameter tcti: how the TPM is reached, as tpm2-tss writes it: `device:/dev/tpmrm0`.
    package init(tcti: String) { self.tcti = tcti }

    /// A new key pair in the TPM.
    ///
    /// - Parameter pcrs: which PCRs of the SHA-256 bank, 0 to 23, must then be what they are now; none for no condition.
    package func make(_ id: UUIDBytes, pcrs: Set<Int> = []) throws(RootKeyError) -> RootSlotKey {
        guard pcrs.allSatisfy((0..<24).contains) else { throw RootKeyError("PCRs are numbered from 0 to 23.") }
        let tpm = try TPM(tcti)
        let bits = pcrs.reduce(UInt32(0)) { $0 | 1 << UInt32($1) }
        let key = try tpm.makeKey(pcrs: bits)
        let parameters = TPMParameters(
            pcrs: bits,
            primary: tpm.name,
            publicArea: key.publicArea,
            privateArea: key.privateArea
        )
        return RootSlotKey(.tpm, id, publicKey: key.publicKey, parameters: parameters.bytes)
    }

    package func agree(for slot: RootKeySlot) async throws(RootKeyError) -> SecretBytes {
        guard let parameters = TPMParameters(parsing: slot.parameters) else {
            throw RootKeyError("Its parameters are damaged.")
        }
        let tpm = try TPM(tcti)
        // Before anything is encrypted to it, too: something on the bus may give itself out for the TPM.
        guard tpm.name == parameters.primary else {
            throw RootKeyError("\(tcti) is not the TPM that made the slot, or it was cleared since.")
        }
        return try tpm.agree(parameters, with: slot.ephemeralKey)
    }
}

/// The parameters of a slot that a TPM guards: `PCRs (4) | name of the primary key (34) | u32 count, public area |
/// u32 count, private area`. The areas are TPM2B_PUBLIC and TPM2B_PRIVATE (TPM 2.0 Library, part 2).
struct TPMParameters: Equatable {
    /// Bit 0 is PCR 0; 0 for no condition.
    let pcrs: UInt32
    let primary: [UInt8]
    let publicArea: [UInt8]
    let privateArea: [UInt8]

    private static let areaLimit = 1_024

    init(pcrs: UInt32, primary: [UInt8], publicArea: [UInt8], privateArea: [UInt8]) {
        self.pcrs = pcrs
        self.primary = primary
        self.publicArea = publicArea
        self.privateArea = privateArea
    }

    init?(parsing bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let pcrs = reader.uint32(), pcrs < 1 << 24, let primary = reader.bytes(34),
            let publicArea = reader.countedBytes(atMost: Self.areaLimit),
            let privateArea = reader.countedBytes(atMost: Self.areaLimit), reader.isAtEnd
        else { return nil }
        self.init(pcrs: pcrs, primary: primary, publicArea: publicArea, privateArea: privateArea)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(pcrs)
        bytes.append(contentsOf: primary)
        for area in [publicArea, privateArea] {
            bytes.appendBigEndian(UInt32(area.count))
            bytes.append(contentsOf: area)
        }
        return bytes
    }

    /// Such as `0, 7`.
    var pcrList: String {
        (0..<24).filter { pcrs >> UInt32($0) & 1 == 1 }.map(String.init).joined(separator: ", ")
    }
}
