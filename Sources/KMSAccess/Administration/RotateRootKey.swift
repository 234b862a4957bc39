package import KMSCore

/// An operation on the server's root key, built as the other operations are.
protocol RootKeyOperation: Sendable {
    associatedtype Answer: Response
    static var name: StaticString { get }
    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> Self
    func run(on rootKey: any RootKeyAdministration) async throws(RootRotationError) -> Answer
}

extension Catalogue.Entry {
    init<O: RootKeyOperation>(_: O.Type, on rootKey: any RootKeyAdministration) {
        self.init(named: "\(O.name)") { parameters, call, _ async throws(KMSError) in
            var reader = AccessParameters(parameters)
            let operation = try O.reading(&reader)
            try reader.finish()
            if call.isDryRun { throw .dryRun }
            do throws(RootRotationError) { return try await operation.run(on: rootKey) } catch {
                throw switch error {
                case .underWay: .rotationUnderWay
                case .refused(let reason): .rotationRefused(reason)
                case .unavailable(let cause): .internalError(cause)
                }
            }
        }
    }
}

/// Replaces the root key by a new one; what is sealed under the old one is sealed anew in the background.
struct RotateRootKey: RootKeyOperation {
    static let name: StaticString = "RotateRootKey"

    /// Whether sessions and import tokens of the old root end now.
    let atOnce: Bool

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> RotateRootKey {
        RotateRootKey(atOnce: try parameters.boolean("AtOnce") ?? false)
    }

    func run(on rootKey: any RootKeyAdministration) async throws(RootRotationError) -> RootKeyState {
        try await rootKey.rotateRootKey(atOnce: atOnce)
    }
}

/// Says which generation the root key is of, and how far a rotation has come.
struct DescribeRootKey: RootKeyOperation {
    static let name: StaticString = "DescribeRootKey"

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> DescribeRootKey { DescribeRootKey() }

    func run(on rootKey: any RootKeyAdministration) async throws(RootRotationError) -> RootKeyState {
        try await rootKey.rootKeyState()
    }
}

extension RootKeyState: Response {
    package func write(to fields: inout some FieldWriter) {
        fields.number("Generation", Int(generation))
        fields.boolean("IsRotating", rotation != nil)
        guard let rotation else { return }
        fields.object("Rotation") { fields in
            fields.number("PreviousGeneration", Int(rotation.generation))
            fields.date("BeginDate", rotation.beganAt)
            fields.number("RecordsLeft", rotation.recordsLeft)
            if let end = rotation.tokensUntil { fields.date("TokensAcceptedUntil", end) }
        }
    }
}

extension KMSError {
    static let rotationUnderWay = KMSError(
        409,
        "Rejected.RotationUnderWay",
        "The last rotation of the root key has not ended.",
        explanation: "Wait for its end, or have it accept no old tokens any more with AtOnce."
    )

    static func rotationRefused(_ reason: String) -> KMSError {
        KMSError(409, "Rejected.RootKey", "The root key cannot be rotated.", explanation: reason)
    }
}
