import KMSCore
import Testing

@testable import KMSProtection

/// Makes a slot of one kind with its guard, as cheaply as the kind allows.
enum SlotMaker: String, CaseIterable, CustomTestStringConvertible {
    case file, passphrase, shares, tpm, token

    var testDescription: String { rawValue }

    struct Made {
        let key: RootSlotKey
        let guardian: any RootKeyGuard
        /// Lives as long as the guard is used.
        let owner: AnyObject?
    }

    func make(_ id: UUIDBytes = RandomUUID.next()) throws -> Made {
        switch self {
        case .file:
            let folder = try TemporaryFolder()
            let guardian = FileGuard(file: folder.path + "/another.key")
            guard let key = try guardian.make(id, ids: RandomUUID.source) else { throw RootKeyError("no file") }
            return Made(key: key, guardian: guardian, owner: folder)
        case .passphrase:
            let guardian = PassphraseGuard(.text("correct horse battery \(id)"))
            return Made(key: try guardian.make(id, .least), guardian: guardian, owner: nil)
        case .shares:
            let (key, shares) = try SharesGuard.make(id, threshold: 3, count: 5)
            return Made(key: key, guardian: SharesGuard([shares[4], shares[0], shares[2]]), owner: nil)
        case .tpm:
            let tpm = try SoftwareTPM()
            let guardian = TPMGuard(tcti: tpm.tcti)
            return Made(key: try guardian.make(id), guardian: guardian, owner: tpm)
        case .token:
            let soft = try SoftHSM()
            let guardian = TokenGuard(soft.token())
            return Made(key: try guardian.make(id), guardian: guardian, owner: soft)
        }
    }
}

enum RandomUUID {
    static let source = CountedIDs()
    static func next() -> UUIDBytes { source.next() }

    /// Ids that differ.
    struct CountedIDs: IDSource {
        func next() -> UUIDBytes { UUIDBytes(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max)) }
    }
}

extension SecretBox {
    static func text(_ text: String) -> SecretBox { SecretBox(SecretBytes(copying: Array(text.utf8))) }
}

extension PassphraseParameters.Cost {
    /// The cheapest that is permitted.
    static var least: Self {
        guard let least = Self(logarithm: 10, parallelization: 1) else { preconditionFailure() }
        return least
    }
}
