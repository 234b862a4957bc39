package import KMSCore
internal import KMSCrypto

extension SlotTable {
    /// How many slots a table may have: opening one may take a second.
    static let slotLimit = 64

    /// The root key of this table, and the slot that gave it: the first, in the table's order, that one of the guards
    /// opens.
    ///
    /// - Throws: what kept each slot shut; also where a slot opens but the table is not what the holders of its root
    ///   made.
    package func open(
        with guards: [any RootKeyGuard]
    ) async throws(RootKeyError) -> (root: RootKey, slot: RootKeySlot) {
        guard slots.count <= Self.slotLimit else {
            throw RootKeyError("The table of root-key slots has \(slots.count) slots, more than can have been made.")
        }
        var obstacles: [String] = []
        for (place, bytes) in slots.enumerated() {
            guard let slot = RootKeySlot(parsing: bytes) else {
                obstacles.append("Slot \(place + 1) of the table: it is damaged, or of a kind that this version lacks.")
                continue
            }
            let fitting = guards.filter { $0.kind == slot.kind }
            if fitting.isEmpty { obstacles.append(slot.obstacle("\(slot.kind.missingGuard).")) }
            for fittingGuard in fitting {
                do throws(RootKeyError) {
                    return (try await open(slot, with: fittingGuard), slot)
                } catch { obstacles.append(slot.obstacle(error.description)) }
            }
        }
        throw RootKeyError((["No slot of the root key opens."] + obstacles).joined(separator: "\n"))
    }

    private func open(_ slot: RootKeySlot, with fitting: any RootKeyGuard) async throws(RootKeyError) -> RootKey {
        let shared = try await fitting.agree(for: slot)
        guard let root = slot.unwrap(with: shared, of: databaseID, generation: generation) else {
            throw RootKeyError("What it holds does not open: it was damaged, or copied from another database.")
        }
        return root
    }

    /// Opens that slot and no other, to see that it opens.
    ///
    /// - Throws: why it does not; also where the table is not what the holders of the slot's root made.
    package func test(_ id: UUIDBytes, with guardian: any RootKeyGuard) async throws(RootKeyError) {
        guard let slot = slots.lazy.compactMap(RootKeySlot.init(parsing:)).first(where: { $0.id == id }) else {
            throw RootKeyError("There is no slot \(id).")
        }
        guard slot.kind == guardian.kind else { throw RootKeyError("Slot \(id) is of kind \(slot.kind.word).") }
        try verify(under: try await open(slot, with: guardian))
    }

    /// Whether the table is as whoever holds `root` made it.
    func verify(under root: RootKey) throws(RootKeyError) {
        let code: [UInt8]
        do { code = try root.authenticationCode(databaseID: databaseID, slots: slots) } catch {
            throw RootKeyError("The slot table could not be verified: \(error.description)")
        }
        guard unsafe constantTimeEquals(code.span.bytes, authenticationCode.span.bytes) else {
            throw RootKeyError(
                "The table of root-key slots was changed by somebody who does not have the root key. "
                    + "Restore it from a backup."
            )
        }
    }
}

extension RootKeySlot {
    fileprivate func obstacle(_ reason: String) -> String { "Slot \(id) (\(kind.word)): \(reason)" }
}
