/// What may be done with a key, computed from its facts and the clock; never stored.
package enum KeyState: String, Sendable, CaseIterable {
    case enabled = "Enabled"
    case disabled = "Disabled"
    case pendingDeletion = "PendingDeletion"
    case pendingImport = "PendingImport"
}

/// A set of key states: those in which an operation is permitted.
package struct KeyStates: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let enabled = KeyStates(rawValue: 1)
    package static let disabled = KeyStates(rawValue: 2)
    package static let pendingDeletion = KeyStates(rawValue: 4)
    package static let pendingImport = KeyStates(rawValue: 8)

    package static let all: KeyStates = [.enabled, .disabled, .pendingDeletion, .pendingImport]
    /// Every state of a key that is to stay.
    package static let notPendingDeletion: KeyStates = [.enabled, .disabled, .pendingImport]

    /// Whether `state` is one of these.
    package func includes(_ state: KeyState) -> Bool {
        switch state {
        case .enabled: isSuperset(of: .enabled)
        case .disabled: isSuperset(of: .disabled)
        case .pendingDeletion: isSuperset(of: .pendingDeletion)
        case .pendingImport: isSuperset(of: .pendingImport)
        }
    }
}
