package import KMSCore
internal import KMSCrypto

/// Opens a slot whose private half was divided into shares, when enough of them come together.
package struct SharesGuard: RootKeyGuard {
    private let shares: [RecoveryShare]

    package var kind: RootKeySlot.Kind { .shares }

    package init(_ shares: [RecoveryShare]) { self.shares = shares }

    /// A new key pair, its private half divided: nobody has it whole any more.
    ///
    /// - Parameters:
    ///   - threshold: how many shares will be needed, 2 to `count`.
    ///   - count: how many there will be, up to 32.
    package static func make(
        _ id: UUIDBytes,
        threshold: Int,
        count: Int
    ) throws(RootKeyError) -> (key: RootSlotKey, shares: [RecoveryShare]) {
        guard RecoveryShare.counts.contains(count), (2...count).contains(threshold) else {
            throw RootKeyError("There are 2 to 32 shares, of which 2 or more are needed.")
        }
        let parameters = SharesParameters(threshold: UInt8(threshold), count: UInt8(count))
        let (publicKey, values) = try divided(parameters)
        let key = RootSlotKey(.shares, id, publicKey: publicKey, parameters: parameters.bytes)
        let shares = zip(UInt8(1)..., values).map { number, value in
            RecoveryShare(slot: id, number: number, threshold: parameters.threshold, value: value)
        }
        return (key, shares)
    }

    private static func divided(
        _ parameters: SharesParameters
    ) throws(RootKeyError) -> (publicKey: [UInt8], values: [SecretBox]) {
        do {
            let pair = try P256KeyAgreement.makeKeyPair()
            let (threshold, count) = (parameters.threshold, parameters.count)
            return (pair.publicKey, try SecretSharing.split(pair.privateKey, threshold: threshold, count: count))
        } catch let error as RootKeyError { throw error } catch {
            throw RootKeyError("A key pair could not be made: \(error)")
        }
    }

    package func agree(for slot: RootKeySlot) async throws(RootKeyError) -> SecretBytes {
        guard let parameters = SharesParameters(parsing: slot.parameters) else {
            throw RootKeyError("Its parameters are damaged.")
        }
        let own = shares.filter { $0.slot == slot.id }
        if let stranger = shares.first(where: { $0.slot != slot.id }) {
            throw RootKeyError("Share \(stranger.number) belongs to slot \(stranger.slot).")
        }
        let numbers = Dictionary(grouping: own, by: \.number)
        if let twice = numbers.filter({ $1.count > 1 }).keys.min() {
            throw RootKeyError("There are two shares with number \(twice): each counts only once.")
        }
        if let stranger = own.first(where: { $0.threshold != parameters.threshold || $0.number > parameters.count }) {
            throw RootKeyError("Share \(stranger.number) is none of the \(parameters.count) shares of this slot.")
        }
        guard own.count >= Int(parameters.threshold) else {
            throw RootKeyError("It takes \(parameters.threshold) of its \(parameters.count) shares, not \(own.count).")
        }
        guard let privateKey = SecretSharing.join(own.map { ($0.number, $0.value) }),
            let shared = slot.agree(with: privateKey)
        else {
            let list = numbers.keys.sorted().map(String.init).joined(separator: ", ")
            throw RootKeyError("Shares \(list) do not make up the key of this slot: one of them is not what was made.")
        }
        return shared
    }
}

/// The parameters of a slot that shares open: `threshold | number of shares`.
struct SharesParameters: Equatable {
    let threshold: UInt8
    let count: UInt8

    init(threshold: UInt8, count: UInt8) {
        self.threshold = threshold
        self.count = count
    }

    init?(parsing bytes: [UInt8]) {
        guard bytes.count == 2, RecoveryShare.counts.contains(Int(bytes[1])), bytes[0] >= 2, bytes[0] <= bytes[1]
        else { return nil }
        self.init(threshold: bytes[0], count: bytes[1])
    }

    var bytes: [UInt8] { [threshold, count] }
}
