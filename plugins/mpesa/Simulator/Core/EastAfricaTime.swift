/// Milliseconds since 1970 began in UTC, or a span of them.
package typealias Milliseconds = Int64

/// What a clock on a wall in Nairobi shows: UTC+3 all year, Gregorian calendar.
package struct EastAfricaTime: Sendable, Equatable {
    /// The year, such as 2026.
    package let year: Int
    /// The month, 1 to 12.
    package let month: Int
    /// The day of the month, 1 to 31.
    package let day: Int
    /// The hour, 0 to 23.
    package let hour: Int
    /// The minute, 0 to 59.
    package let minute: Int
    /// The second, 0 to 59.
    package let second: Int
    /// The millisecond, 0 to 999.
    package let millisecond: Int

    /// The wall time at an instant after 1 January of the year 1.
    package init(_ instant: Milliseconds) {
        let local = instant + 3 * 3_600_000
        let days = Int(local >= 0 ? local / 86_400_000 : (local - 86_399_999) / 86_400_000)
        var rest = Int(local) - days * 86_400_000
        millisecond = rest % 1_000
        rest /= 1_000
        second = rest % 60
        rest /= 60
        minute = rest % 60
        hour = rest / 60

        // Days to year, month and day, counted from 1 March of year 0 so that the leap day comes last.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The instant at which a wall in Nairobi shows `yyyy-MM-dd HH:mm:ss`, also without seconds or with one digit for
    /// the hour; `nil` for any other text.
    package static func instant(_ text: String) -> Milliseconds? {
        let halves = text.split(separator: " ", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { number($0) }
        let clock = halves[1].split(separator: ":", omittingEmptySubsequences: false).map { number($0) }
        guard date.count == 3, let year = date[0], let month = date[1], let day = date[2], (1970...9999).contains(year),
            (1...12).contains(month), (1...31).contains(day), (2...3).contains(clock.count), let hour = clock[0],
            let minute = clock[1], let second = clock.count == 3 ? clock[2] : 0, hour < 24, minute < 60, second < 60
        else { return nil }
        // Days since 1970, counted as in `init`, which also tells days that do not exist.
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let instant = Milliseconds(((days * 24 + hour - 3) * 60 + minute) * 60 + second) * 1_000
        return EastAfricaTime(instant).day == day ? instant : nil
    }

    private static func number(_ text: Substring) -> Int? {
        PushRequest.isDigits(String(text), 1...4) ? Int(text) : nil
    }

    /// `yyyyMMddHHmmss`, as in `Timestamp` and `TransactionDate`.
    package var digits: String { padded(year, 4) + padded(month) + padded(day) + clockDigits }

    /// `ddMMyyyyHHmmss` and the unpadded milliseconds, as in the new form of CheckoutRequestID.
    package var checkoutDigits: String {
        padded(day) + padded(month) + padded(year, 4) + clockDigits + String(millisecond)
    }

    /// `5/1/26 at 2:30 PM`, as in a confirmation SMS.
    package var message: String {
        let hourOfHalf = hour % 12 == 0 ? 12 : hour % 12
        return "\(day)/\(month)/\(padded(year % 100)) at \(hourOfHalf):\(padded(minute)) \(hour < 12 ? "AM" : "PM")"
    }

    /// `05.01.2026 15:02:11`, as in results of payments to people.
    package var dotted: String { "\(padded(day)).\(padded(month)).\(padded(year, 4)) \(clock)" }

    /// `2026-01-05T15:02:11Z`, as in pulled rows: Nairobi's time with a suffix that says otherwise.
    package var pulled: String { "\(padded(year, 4))-\(padded(month))-\(padded(day))T\(clock)Z" }

    private var clock: String { "\(padded(hour)):\(padded(minute)):\(padded(second))" }

    private var clockDigits: String { padded(hour) + padded(minute) + padded(second) }

    private func padded(_ number: Int, _ width: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
