/// A day of the Gregorian calendar, which is taken to have held at all times (ISO 8601).
struct CivilDate: Equatable {
    let year: Int64
    /// 1 to 12.
    let month: Int64
    /// From 1.
    let day: Int64

    /// From 0000-03-01 to 1970-01-01. Years are counted from March here, so that a leap day is the last of its year.
    private static let daysToEpoch: Int64 = 719_468

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSince1970: Int64) {
        let days = daysSince1970 + Self.daysToEpoch
        // 400 years have 146,097 days; the year that this gives may be one off.
        var year = (days * 400).dividedDown(by: 146_097)
        if Self.days(before: year) > days { year -= 1 }
        if Self.days(before: year + 1) <= days { year += 1 }
        let dayOfYear = days - Self.days(before: year)
        // From March on, months have 31, 30, 31, 30, 31 days over and over: 153 in five.
        let month = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * month + 2) / 5 + 1
        self.month = month < 10 ? month + 3 : month - 9
        self.year = month < 10 ? year : year + 1
    }

    var daysSince1970: Int64 {
        let (year, month) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        return Self.days(before: year) + (153 * month + 2) / 5 + day - 1 - Self.daysToEpoch
    }

    /// The days from March 1 of the year 0 to March 1 of `year`.
    private static func days(before year: Int64) -> Int64 {
        365 * year + year.dividedDown(by: 4) - year.dividedDown(by: 100) + year.dividedDown(by: 400)
    }
}

extension Int64 {
    /// The quotient rounded down, below zero as well.
    func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
