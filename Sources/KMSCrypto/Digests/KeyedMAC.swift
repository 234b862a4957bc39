internal import CCrypto
package import KMSCore
internal import Synchronization

/// HMAC (RFC 2104) under one key that codes many messages: the key is taken in once, not for each of them.
///
/// Any number of threads may use one together. What is held of the key is wiped when the last user lets go of it.
package final class KeyedMAC: Sendable {
    package enum Hash: Sendable {
        /// Weak, and offered because the API obliges us to: the V1 request signature.
        case insecureSHA1
        case sha256
    }

    private let key: SecretBox
    private let hash: Hash
    /// Contexts that nobody uses at the moment: as many as there were users at once, at most.
    private let idle = Mutex<[Context]>([])

    /// - Parameter key: of any length.
    package init(_ hash: Hash, key: SecretBox) {
        self.hash = hash
        self.key = key
    }

    /// The code of `message`: 20 bytes with SHA-1, 32 with SHA-256.
    package func code(_ message: [UInt8]) -> [UInt8] {
        let context = idle.withLock { $0.popLast() } ?? key.withBytes { Context(hash, key: $0) }
        let code = context.code(message)
        idle.withLock { $0.append(context) }
        return code
    }
}

/// One keyed context of libcrypto, used by one thread at a time.
@safe private final class Context: @unchecked Sendable {
    private let mac: OpaquePointer
    private let byteCount: Int

    init(_ hash: KeyedMAC.Hash, key: RawSpan) {
        let type: CCryptoMACType
        switch hash {
        case .insecureSHA1: (type, byteCount) = (CCRYPTO_HMAC_SHA1, Insecure.HMACSHA1.byteCount)
        case .sha256: (type, byteCount) = (CCRYPTO_HMAC_SHA256, HMACSHA256.byteCount)
        }
        guard let mac = unsafe key.withUnsafeBytes({ unsafe CCrypto_mac_new(type, $0.baseAddress, $0.count) }) else {
            preconditionFailure("libcrypto lacks HMAC or memory")
        }
        unsafe self.mac = mac
    }

    func code(_ message: [UInt8]) -> [UInt8] {
        unsafe filled(byteCount) { code in
            unsafe message.withUnsafeBytes { unsafe CCrypto_mac(mac, $0.baseAddress, $0.count, code, byteCount) }
        }
    }

    deinit { unsafe CCrypto_mac_free(mac) }
}
