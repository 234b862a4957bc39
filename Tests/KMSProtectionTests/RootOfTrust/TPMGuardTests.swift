import Foundation
import KMSCore
import KMSCrypto
import Testing

@testable import KMSProtection

@Suite("Slots that a TPM guards")
struct TPMGuardTests {
    private let tpm: SoftwareTPM
    private var guardian: TPMGuard { TPMGuard(tcti: tpm.tcti) }

    init() throws { tpm = try SoftwareTPM() }

    private func slot(pcrs: Set<Int> = []) throws -> RootKeySlot {
        try RootKeySlot.wrapping(.repeating(1), of: .zero, to: guardian.make(RandomUUID.next(), pcrs: pcrs))
    }

    private func opens(_ slot: RootKeySlot, _ guardian: TPMGuard? = nil) async throws -> Bool {
        let shared = try await (guardian ?? self.guardian).agree(for: slot)
        return slot.unwrap(with: shared, of: .zero, generation: 1) != nil
    }

    private func refusal(_ slot: RootKeySlot, _ guardian: TPMGuard? = nil) async -> String? {
        do {
            _ = try await (guardian ?? self.guardian).agree(for: slot)
            return nil
        } catch { return error.description }
    }

    @Test("a slot opens fifty times, and leaves nothing in the TPM")
    func leavesNothing() async throws {
        let slot = try slot(pcrs: [0, 7])
        for _ in 0..<50 { #expect(try await opens(slot)) }
        #expect(try tpm.tool("tpm2_getcap", "handles-transient").isEmpty)
        #expect(try tpm.tool("tpm2_getcap", "handles-loaded-session").isEmpty)
    }

    @Test("refusals leave nothing in the TPM either")
    func refusalsLeaveNothing() async throws {
        let slot = try slot(pcrs: [7])
        try tpm.tool("tpm2_pcrextend", "7:sha256=" + String(repeating: "1", count: 64))
        for _ in 0..<10 { #expect(await refusal(slot) != nil) }
        #expect(try tpm.tool("tpm2_getcap", "handles-transient").isEmpty)
        #expect(try tpm.tool("tpm2_getcap", "handles-loaded-session").isEmpty)
    }

    @Test("a slot opens after the power failed, again and again: the lock against guessing does not concern it")
    func uncleanRestarts() async throws {
        let slot = try slot()
        for _ in 0..<3 {
            try tpm.restart()
            #expect(try await opens(slot))
        }
    }

    @Test("a TPM that is gone is told")
    func gone() async throws {
        let slot = try slot()
        tpm.kill()
        #expect(await refusal(slot)?.contains("cannot be used") == true)
        #expect(throws: RootKeyError.self) { try guardian.make(.zero) }
    }

    @Test(
        "a device that does not exist, and words that name none, are told",
        arguments: ["device:/dev/none", "nonsense:x", ""]
    )
    func noDevice(tcti: String) async throws {
        #expect(await refusal(try slot(), TPMGuard(tcti: tcti))?.contains("cannot be used") == true)
    }

    @Test("another TPM is told")
    func another() async throws {
        let other = try SoftwareTPM()
        #expect(await refusal(try slot(), TPMGuard(tcti: other.tcti))?.contains("is not the TPM that made") == true)
    }

    @Test("a TPM that was cleared is told")
    func cleared() async throws {
        let slot = try slot()
        try tpm.tool("tpm2_clear", "-c", "lockout")
        #expect(await refusal(slot)?.contains("cleared") == true)
    }

    @Test("a PCR of the slot that changed keeps it shut, and another one does not")
    func changedPCR() async throws {
        let slot = try slot(pcrs: [2, 7])
        try tpm.tool("tpm2_pcrextend", "3:sha256=" + String(repeating: "1", count: 64))
        #expect(try await opens(slot))
        try tpm.tool("tpm2_pcrextend", "7:sha256=" + String(repeating: "1", count: 64))
        #expect(await refusal(slot)?.contains("PCRs 2, 7") == true)
        #expect(try await opens(try self.slot(pcrs: [2, 7])))
    }

    @Test("who takes the condition off the parameters gains nothing")
    func strippedCondition() async throws {
        let key = try guardian.make(RandomUUID.next(), pcrs: [7])
        try tpm.tool("tpm2_pcrextend", "7:sha256=" + String(repeating: "1", count: 64))
        var parameters = key.parameters
        parameters.replaceSubrange(0..<4, with: [0, 0, 0, 0])
        let stripped = RootSlotKey(.tpm, key.id, publicKey: key.publicKey, parameters: parameters)
        #expect(await refusal(try RootKeySlot.wrapping(.repeating(1), of: .zero, to: stripped)) != nil)
    }

    @Test("areas that are none are refused by the TPM or before it", arguments: [0, 1, 40, 1_024])
    func noAreas(count: Int) async throws {
        let key = try guardian.make(RandomUUID.next())
        let good = try #require(TPMParameters(parsing: key.parameters))
        for (publicArea, privateArea) in [
            ([UInt8](repeating: 255, count: count), good.privateArea),
            (good.publicArea, [UInt8](repeating: 0, count: count)),
        ] {
            let parameters = TPMParameters(
                pcrs: 0,
                primary: good.primary,
                publicArea: publicArea,
                privateArea: privateArea
            )
            let changed = RootSlotKey(.tpm, key.id, publicKey: key.publicKey, parameters: parameters.bytes)
            #expect(await refusal(try RootKeySlot.wrapping(.repeating(1), of: .zero, to: changed)) != nil)
        }
    }
}
