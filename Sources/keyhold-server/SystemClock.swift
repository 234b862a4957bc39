internal import Glibc
internal import KMSCore

/// The system's clocks.
struct SystemClock: TimeSource {
    func now() -> Timestamp { Timestamp(microseconds: Self.read(CLOCK_REALTIME)) }

    /// Microseconds since the system started, sleep included; never set by anybody.
    func uptime() -> Int64 { Self.read(CLOCK_BOOTTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
