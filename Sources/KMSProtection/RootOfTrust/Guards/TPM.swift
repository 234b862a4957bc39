internal import CTPM2
internal import KMSCore

/// A connection to a TPM 2.0, over tpm2-tss. Nothing stays loaded in the TPM when it ends.
@safe struct TPM: ~Copyable {
    private let connection: OpaquePointer
    private let tcti: String
    /// The name of the storage primary key: other TPMs, and this one after it was cleared, have another. 34 bytes.
    let name: [UInt8]

    /// - Parameter tcti: how the TPM is reached, as tpm2-tss writes it: `device:/dev/tpmrm0`.
    init(_ tcti: String) throws(RootKeyError) {
        var found: OpaquePointer?
        var name = [UInt8](repeating: 0, count: Int(CTPM2_name_count))
        let failure = unsafe name.withUnsafeMutableBufferPointer { name in
            unsafe CTPM2_open(tcti, &found, name.baseAddress)
        }
        guard failure == 0, let connection = unsafe found else {
            throw RootKeyError("The TPM \(tcti) cannot be used: \(Self.reason(failure)).")
        }
        unsafe self.connection = connection
        self.tcti = tcti
        self.name = name
    }

    deinit { unsafe CTPM2_close(connection) }

    /// A new P-256 key that never leaves the TPM in the clear.
    ///
    /// - Parameter pcrs: the PCRs (bit 0 is PCR 0) that must then be what they are now; 0 for none.
    func makeKey(pcrs: UInt32) throws(RootKeyError) -> (publicKey: [UInt8], publicArea: [UInt8], privateArea: [UInt8]) {
        let limit = Int(CTPM2_area_limit)
        var publicArea = [UInt8](repeating: 0, count: limit)
        var privateArea = publicArea
        var publicKey = [UInt8](repeating: 0, count: Int(CTPM2_point_count))
        var (publicCount, privateCount) = (0, 0)
        let failure = unsafe publicArea.withUnsafeMutableBufferPointer { publicArea in
            unsafe privateArea.withUnsafeMutableBufferPointer { privateArea in
                unsafe publicKey.withUnsafeMutableBufferPointer { publicKey in
                    unsafe CTPM2_make_key(
                        connection,
                        pcrs,
                        publicArea.baseAddress,
                        &publicCount,
                        privateArea.baseAddress,
                        &privateCount,
                        publicKey.baseAddress
                    )
                }
            }
        }
        guard failure == 0 else { throw RootKeyError("The TPM \(tcti) makes no key: \(Self.reason(failure)).") }
        return (publicKey, Array(publicArea.prefix(publicCount)), Array(privateArea.prefix(privateCount)))
    }

    /// ECDH with a key that this TPM made: the x coordinate of the shared point, 32 bytes.
    func agree(_ key: TPMParameters, with peer: [UInt8]) throws(RootKeyError) -> SecretBytes {
        precondition(peer.count == Int(CTPM2_point_count))
        return try SecretBytes(byteCount: 32) { output throws(RootKeyError) in
            let failure = unsafe output.withUnsafeMutableBytes { buffer, count in
                count = buffer.count
                return unsafe CTPM2_agree(
                    connection,
                    key.pcrs,
                    key.publicArea,
                    key.publicArea.count,
                    key.privateArea,
                    key.privateArea.count,
                    peer,
                    buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
                )
            }
            guard failure == 0 else { throw Self.refusal(failure, key) }
        }
    }

    private static func refusal(_ failure: UInt32, _ key: TPMParameters) -> RootKeyError {
        // TPM_RC_POLICY_FAIL, of whichever session: the values are not those that the policy was made of.
        if key.pcrs != 0, failure & 0xBF == 0x9D {
            return RootKeyError(
                "PCRs \(key.pcrList) of the TPM are not what they were when the slot was made: what they measure, such as "
                    + "firmware or boot loader, was changed."
            )
        }
        return RootKeyError("The TPM refuses the slot's key: \(reason(failure)).")
    }

    private static func reason(_ failure: UInt32) -> String { unsafe String(cString: CTPM2_reason(failure)) }
}
