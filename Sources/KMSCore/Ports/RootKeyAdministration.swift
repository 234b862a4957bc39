/// What the operator may do with the server's root key.
package protocol RootKeyAdministration: Sendable {
    /// Replaces the root key by a new one, under which everything is then sealed anew in the background.
    ///
    /// - Parameter atOnce: whether tokens that were given out under the old one end now, and not when they expire. While
    ///   a rotation is under way, this is all that happens.
    func rotateRootKey(atOnce: Bool) async throws(RootRotationError) -> RootKeyState
    func rootKeyState() async throws(RootRotationError) -> RootKeyState
}

/// Which root key there is, and how far its rotation has come.
package struct RootKeyState: Sendable, Equatable {
    /// A rotation that is under way.
    package struct Rotation: Sendable, Equatable {
        /// The generation that is being left.
        package let generation: UInt32
        package let beganAt: Timestamp
        /// Until when tokens of that generation are accepted; nil where none are.
        package let tokensUntil: Timestamp?
        /// Records that are still sealed under that generation.
        package let recordsLeft: Int

        package init(generation: UInt32, beganAt: Timestamp, tokensUntil: Timestamp?, recordsLeft: Int) {
            self.generation = generation
            self.beganAt = beganAt
            self.tokensUntil = tokensUntil
            self.recordsLeft = recordsLeft
        }
    }

    package let generation: UInt32
    package let rotation: Rotation?

    package init(generation: UInt32, rotation: Rotation?) {
        self.generation = generation
        self.rotation = rotation
    }
}

/// Why a root key was not rotated; the texts are for the operator.
package enum RootRotationError: Error, Sendable, Equatable {
    /// The last rotation has not ended.
    case underWay
    /// Nothing was done.
    case refused(String)
    /// Whether something was done is unknown.
    case unavailable(String)
}
