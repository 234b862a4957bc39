internal import KMSCore

/// Wraps the root key to the public half of a key pair whose private half the operator keeps.
struct AddRootKeySlot: RootKeyOperation {
    static let name: StaticString = "AddRootKeySlot"

    let key: RootSlotKey

    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> AddRootKeySlot {
        let id = try parameters.slotID()
        let word = try parameters.text("Kind", limit: 16)
        guard let kind = RootKeySlot.Kind(word: word) else {
            let words = RootKeySlot.Kind.allCases.map(\.word).joined(separator: ", ")
            throw .invalid("Kind", "Use one of \(words).")
        }
        let publicKey = try parameters.decoded("PublicKey")
        let encoded = try parameters.decoded("Parameters")
        guard let key = RootSlotKey(kind: kind, id: id, publicKey: publicKey, parameters: encoded) else {
            throw .invalid("Parameters", "They are not those of a slot of kind \(word), or PublicKey has not 65 bytes.")
        }
        return AddRootKeySlot(key: key)
    }

    func run(_ call: Call, in slots: RootKeySlots) async throws(KMSError) -> Done {
        do throws(RootKeySlots.Failure) { try await slots.add(key) } catch { throw KMSError(error) }
        return Done()
    }
}
