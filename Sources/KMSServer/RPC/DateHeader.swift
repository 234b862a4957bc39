internal import KMSCore

/// The value of the header Date (RFC 9110 section 5.6.7), made once a second.
struct DateHeader {
    private var second = Int64.min
    private var value = ""

    mutating func text(at now: Timestamp) -> String {
        if now.seconds != second {
            second = now.seconds
            value = Self.fixdate(of: now)
        }
        return value
    }

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Thu, 01 Jan 1970 00:00:00 GMT`, from the API's own form of a date.
    private static func fixdate(of moment: Timestamp) -> String {
        let parts = moment.description.dropLast().split { $0 == "-" || $0 == "T" }
        guard parts.count == 4, let month = Int(parts[1]), (1...12).contains(month), moment.seconds >= 0 else {
            return "Thu, 01 Jan 1970 00:00:00 GMT"
        }
        let weekday = weekdays[Int(moment.seconds / 86_400 % 7)]
        return "\(weekday), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]) GMT"
    }
}
