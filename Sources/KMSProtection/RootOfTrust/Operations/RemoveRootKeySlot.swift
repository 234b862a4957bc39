internal import KMSCore

/// Takes a slot of the root key away, never the last one.
struct RemoveRootKeySlot: RootKeyOperation {
    static let name: StaticString = "RemoveRootKeySlot"

    let id: UUIDBytes

    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> RemoveRootKeySlot {
        RemoveRootKeySlot(id: try parameters.slotID())
    }

    func run(_ call: Call, in slots: RootKeySlots) async throws(KMSError) -> Done {
        do throws(RootKeySlots.Failure) { try await slots.remove(id) } catch { throw KMSError(error) }
        return Done()
    }
}
