import Foundation
import KMSCore
import Testing

@Suite("Moments as text")
struct TimestampTests {
    /// What Foundation writes for the same moment.
    private func expected(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    @Test("every day from 1583 to 9999 is written as Foundation writes it, and read back")
    func everyDay() {
        // The Gregorian calendar's first whole year; -12,212,553,600 is 1583-01-01.
        var wrong: [Int64] = []
        for day in stride(from: Int64(-12_212_553_600), to: 253_402_300_800, by: 86_400 * 7 + 3_601) {
            let moment = Timestamp(seconds: day)
            if moment.description != expected(day) || Timestamp(text: moment.description.utf8) != moment {
                wrong.append(day)
            }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test(
        "leap days, the ends of years and moments before 1970 are where they should be",
        arguments: [
            (951_782_399, "2000-02-28T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (0, "1970-01-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)]
    )
    func edges(_ seconds: Int64, _ text: String) {
        #expect(Timestamp(seconds: seconds).description == text)
        #expect(Timestamp(text: text.utf8) == Timestamp(seconds: seconds))
    }

    @Test(
        "a text that is no moment is none",
        arguments: [
            "", "2026-01-01", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00z", "2026-01-01T00:00:00+", "+026-01-01T00:00:00Z", "2026-01-01T00:00:0١Z",
            "2026-1-001T00:00:00Z", "2026-01-01T00:00:00.0Z",
        ]
    )
    func refused(_ text: String) {
        #expect(Timestamp(text: text.utf8) == nil)
    }
}
