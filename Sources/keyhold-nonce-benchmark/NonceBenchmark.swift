internal import FoundationEssentials
internal import KMSAccess
internal import KMSCore

/// Measures what the memory of used nonces takes when it is full: `keyhold-nonce-benchmark [capacity]`.
///
/// Sixty accounts fill it with nonces of all the minutes of the window. Printed are the bytes of the tables and what
/// the kernel counts for the process (VmRSS, and VmHWM, its greatest value on the way), less what it had at the begin.
@main
struct NonceBenchmark {
    static func main() throws {
        let capacity = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 37_000_000
        let before = try residentBytes("VmRSS:")
        let store = NonceStore(capacity: capacity)
        let held = fill(store)
        let (after, peak) = (try residentBytes("VmRSS:") - before, try residentBytes("VmHWM:") - before)
        func line(_ what: String, _ bytes: Int) {
            let tenths = bytes * 10 / max(1, held)
            print("\(what): \(bytes >> 20) MiB, \(tenths / 10).\(tenths % 10) bytes a nonce")
        }
        print("\(held) nonces of \(store.accountCount) accounts")
        line("tables", store.byteCount)
        line("resident", after)
        line("resident at most", peak)
    }

    /// Claims nonces for one account after the other until every one has its share.
    private static func fill(_ store: NonceStore) -> Int {
        let now = Timestamp(seconds: 1_767_225_600)
        var accounts = (1...60).compactMap { AccountID("\(1_000_000_000_000_000 + $0)") }
        var number: UInt64 = 0
        while !accounts.isEmpty {
            accounts.removeAll { account in
                number += 1
                let mark = ReplayMark(
                    digest: UUIDBytes(high: mixed(2 * number), low: mixed(2 * number + 1)),
                    account: account,
                    timestamp: now.adding(seconds: Int64(number % 1_801) - 900)
                )
                return store.claim(mark, at: now) != .fresh
            }
        }
        return store.count
    }

    /// SplitMix64's finalizer: spreads as a keyed hash does.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var value = number &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    private static func residentBytes(_ name: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0)
            << 10
    }
}
