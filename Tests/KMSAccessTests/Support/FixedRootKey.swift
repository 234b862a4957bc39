import KMSCore
import Synchronization

/// A root key of generation 1 that rotates by word alone, or fails as it is told to.
final class FixedRootKey: RootKeyAdministration {
    private let state = Mutex(RootKeyState(generation: 1, rotation: nil))
    private let failure = Mutex<RootRotationError?>(nil)

    func fail(with error: RootRotationError?) { failure.withLock { $0 = error } }

    func rotateRootKey(atOnce: Bool) async throws(RootRotationError) -> RootKeyState {
        if let failure = failure.withLock({ $0 }) { throw failure }
        return state.withLock { state in
            let began = Timestamp(seconds: 1_767_225_600)
            let rotation = RootKeyState.Rotation(
                generation: state.generation,
                beganAt: began,
                tokensUntil: atOnce ? nil : began.adding(seconds: 60),
                recordsLeft: 5
            )
            state = RootKeyState(generation: state.generation + 1, rotation: rotation)
            return state
        }
    }

    func rootKeyState() async throws(RootRotationError) -> RootKeyState {
        if let failure = failure.withLock({ $0 }) { throw failure }
        return state.withLock { $0 }
    }
}
