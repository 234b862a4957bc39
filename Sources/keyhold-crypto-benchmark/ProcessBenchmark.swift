import Foundation
import KMSCore
import KMSCrypto
import KMSProtection
import Synchronization

/// The key process beside the software vault: what the way over its socket costs, one request after the other.
enum ProcessBenchmark {
    private static let digest = [UInt8](repeating: 7, count: SignatureAlgorithm.digestByteCount)

    /// Measures the process that serves the socket which the environment names: see `Benchmarks/run.sh`.
    static func run() async throws {
        guard let path = ProcessInfo.processInfo.environment["KEYHOLD_BENCHMARK_SOCKET"] else {
            print("\nNo key process: KEYHOLD_BENCHMARK_SOCKET names the socket of one.")
            return
        }
        print(
            "\nkeyhold-hsm beside the software vault. Elapsed nanoseconds, since two processes share the work: "
                + "true on an idle machine alone.\n"
        )
        let process = HSMProcessVault(path: path, store: Tables(), workers: InlineWorkers())
        let software = SoftwareVault(
            root: try RootKeyRing(RootKey(generation: 1, secret: RandomBytes.secret(byteCount: 32))),
            workers: InlineWorkers()
        )
        for byteCount in [32, 4_096] {
            let plaintext = [UInt8](repeating: 7, count: byteCount)
            report("seal \(byteCount) bytes", try await seal(plaintext, process), try await seal(plaintext, software))
        }
        for spec in [KeySpec.rsa2048, .ecP256, .ecP256K] {
            report("\(spec.rawValue) sign", try await sign(spec, process), try await sign(spec, software))
        }
    }

    private static func seal(_ plaintext: [UInt8], _ vault: some KeyVault) async throws -> Double {
        let version = try await VaultSubject.makeVersion(.aes256, vault)
        return try await CryptoBenchmark.nanoseconds(by: elapsed) {
            _ = try await vault.seal(SecretBytes(copying: plaintext), under: version, authenticating: .init())
        }
    }

    private static func sign(_ spec: KeySpec, _ vault: some KeyVault) async throws -> Double {
        let algorithm: SignatureAlgorithm = spec == .rsa2048 ? .rsaPKCS1SHA256 : .ecdsaSHA256
        let version = try await VaultSubject.makeVersion(spec, vault)
        return try await CryptoBenchmark.nanoseconds(by: elapsed) {
            _ = try await vault.sign(digest, with: algorithm, under: version)
        }
    }

    private static func elapsed() -> Double { Double(DispatchTime.now().uptimeNanoseconds) }

    private static func report(_ name: String, _ process: Double, _ software: Double) {
        print(
            "\(name): process \(Int(process)) ns, software \(Int(software)) ns, "
                + "ratio \(String(format: "%.2f", process / software))"
        )
    }

    /// A database with nothing but slot tables.
    private final class Tables: SlotStore {
        private let tables = Mutex<[SlotTableName: SlotTable]>([
            .server: SlotTable(
                databaseID: UUIDBytes(high: 3, low: 1),
                generation: 1,
                slots: [],
                authenticationCode: []
            )
        ])

        func slotTable(_ name: SlotTableName) async throws(StoreError) -> SlotTable? { tables.withLock { $0[name] } }

        func holdsSealedRows(of name: SlotTableName) async throws(StoreError) -> Bool { false }

        func createSlotTable(_ table: SlotTable, _ name: SlotTableName) async throws(StoreError) {
            tables.withLock { $0[name] = table }
        }

        func replaceSlotTable(
            _ table: SlotTable,
            _ name: SlotTableName,
            replacing replaced: [UInt8]
        ) async throws(StoreError) {
            tables.withLock { $0[name] = table }
        }
    }
}
