package import KMSCore

/// One operation on the slots of the root key, for the operator of the server alone.
protocol RootKeyOperation: Sendable {
    associatedtype Answer: Response
    static var name: StaticString { get }
    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> Self
    func run(_ call: Call, in slots: RootKeySlots) async throws(KMSError) -> Answer
}

extension RootKeySlots {
    /// What an administration catalogue offers of them.
    package var operations: [Catalogue.Entry] {
        [entry(ListRootKeySlots.self), entry(AddRootKeySlot.self), entry(RemoveRootKeySlot.self)]
    }

    private func entry<O: RootKeyOperation>(_: O.Type) -> Catalogue.Entry {
        Catalogue.Entry(named: "\(O.name)") { parameters, call, _ async throws(KMSError) in
            var reader = ParameterReader(parameters)
            let operation = try O.reading(&reader)
            try reader.finish()
            if call.isDryRun { throw .dryRun }
            return try await operation.run(call, in: self)
        }
    }
}

extension ParameterReader {
    /// The id of a slot.
    mutating func slotID() throws(KMSError) -> UUIDBytes {
        guard let bytes = bytes("SlotId") else { throw .missing("SlotId") }
        guard let id = UUIDBytes(text: bytes) else { throw .invalid("SlotId", "Use the UUID of a slot.") }
        return id
    }

    /// Bytes in base64; none where the parameter is absent.
    mutating func decoded(_ name: StaticString) throws(KMSError) -> [UInt8] {
        guard let text = bytes(name) else { return [] }
        guard let bytes = Base64.decode(text) else { throw .invalid("\(name)", "It is not base64.") }
        return bytes
    }
}

extension KMSError {
    /// How an operator is told that slots were not changed.
    init(_ failure: RootKeySlots.Failure) {
        switch failure {
        case .exists: self.init(409, "EntityAlreadyExists.RootKeySlot", "The slot does already exist.")
        case .unknown: self.init(404, "EntityNotExist.RootKeySlot", "The slot does not exist.")
        case .isLast:
            self.init(409, "DeleteConflict.RootKeySlot", "It is the last slot: without it nothing could be opened.")
        case .tooMany:
            self.init(409, "LimitExceeded.RootKeySlot", "There are \(SlotTable.slotLimit) slots: remove one first.")
        case .invalidKey: self = .invalid("PublicKey", "It is no point of P-256, uncompressed.")
        case .rotating:
            self.init(409, "Rejected.RootKeyRotation", "The root key is being rotated: wait until that has ended.")
        case .busy: self = .throttled(retryAfter: 100)
        case .damaged:
            self = .internalFailure("The table of root-key slots is missing, or was changed without the root key.")
        case .store(let error): self = .internalFailure("The table of root-key slots cannot be used: \(error)")
        }
    }
}
