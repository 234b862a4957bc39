internal import KMSCore

/// Shows the table of root-key slots, whole, so that whoever asks can try a slot. It holds no secret.
struct ListRootKeySlots: RootKeyOperation {
    static let name: StaticString = "ListRootKeySlots"

    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ListRootKeySlots { ListRootKeySlots() }

    struct Answer: Response {
        let table: SlotTable
        let fingerprint: [UInt8]

        func write(to fields: inout some FieldWriter) {
            fields.id("DatabaseId", table.databaseID)
            fields.number("Generation", Int(table.generation))
            fields.base64("Fingerprint", fingerprint)
            fields.base64("AuthenticationCode", table.authenticationCode)
            fields.list("RootKeySlots", of: "RootKeySlot", table.slots) { fields, bytes in
                if let slot = RootKeySlot(parsing: bytes) {
                    fields.id("SlotId", slot.id)
                    fields.text("Kind", slot.kind.word)
                }
                fields.base64("Slot", bytes)
            }
        }
    }

    func run(_ call: Call, in slots: RootKeySlots) async throws(KMSError) -> Answer {
        do throws(RootKeySlots.Failure) {
            let table = try await slots.table()
            guard let fingerprint = try? slots.fingerprint() else { throw .damaged }
            return Answer(table: table, fingerprint: fingerprint)
        } catch { throw KMSError(error) }
    }
}
