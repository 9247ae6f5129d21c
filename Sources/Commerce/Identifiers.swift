/// The identity of one `Owner`: an order's does not fit where an attempt's is wanted.
package struct ID<Owner>: Hashable, Sendable, CustomStringConvertible {
    /// 32 lower-case hexadecimal digits: 12 of the time it was made, so that a table grows at its end, then 20 random
    /// ones.
    package let text: String

    /// An identity that is stored already.
    package init(stored text: String) { self.text = text }

    /// A new identity, unique over all nodes without asking any of them.
    package init(at now: Timestamp) {
        var generator = SystemRandomNumberGenerator()
        let time = UInt64(truncatingIfNeeded: now.milliseconds) & 0xFFFF_FFFF_FFFF
        let high = UInt16.random(in: .min ... .max, using: &generator)
        let low = UInt64.random(in: .min ... .max, using: &generator)
        text = Self.hex(time, digits: 12) + Self.hex(UInt64(high), digits: 4) + Self.hex(low, digits: 16)
    }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// Not greater than any identity made at a moment or later, and greater than all made before it.
    package init(earliestAt moment: Timestamp) {
        let time = UInt64(truncatingIfNeeded: max(0, moment.milliseconds)) & 0xFFFF_FFFF_FFFF
        text = Self.hex(time, digits: 12) + String(repeating: "0", count: 20)
    }

    package var description: String { text }
}

/// A moment: milliseconds since 1970 in UTC, as stored everywhere.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
    package let milliseconds: Int64
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// This moment moved on by whole seconds; back when negative.
    package func adding(seconds: Int) -> Timestamp { Timestamp(milliseconds: milliseconds + Int64(seconds) * 1_000) }
    /// This moment moved on by milliseconds; back when negative.
    package func adding(milliseconds more: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds + more) }

    /// Seconds from `earlier` until this, rounded down; negative when this comes first.
    package func seconds(since earlier: Timestamp) -> Int {
        Int((Double(milliseconds - earlier.milliseconds) / 1_000).rounded(.down))
    }

    /// East Africa Time, three hours ahead of UTC all year, whatever the server's zone.
    package var eastAfrica: CivilTime {
        let wholeSeconds = Int64(seconds(since: Timestamp(milliseconds: 0)))
        return CivilTime(secondsSince1970: wholeSeconds + 3 * 3_600)
    }

    /// Midnight in East Africa at the start of a day; days beyond a month's end run on into the next.
    package init(eastAfricaYear year: Int, month: Int, day: Int) {
        // A date of the Gregorian calendar to days: Howard Hinnant, "chrono-compatible low-level date algorithms".
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        self.init(milliseconds: (Int64(days) * 86_400 - 3 * 3_600) * 1_000)
    }

    /// Midnight in East Africa at the start of a day written as `2026-11-21`; nil when it is written otherwise.
    package init?(dayInEastAfrica text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (2_000...2_200).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        self.init(eastAfricaYear: year, month: month, day: day)
    }

    /// `2026-11-21T11:35:20Z`: RFC 3339 in UTC, for programs.
    package var rfc3339: String {
        let utc = CivilTime(secondsSince1970: Int64(seconds(since: Timestamp(milliseconds: 0))))
        return "\(utc.isoDate)T\(utc.clockWithSeconds)Z"
    }
}

/// A date and time of day as a clock on the wall shows them.
package struct CivilTime: Hashable, Sendable {
    package let year, month, day, hour, minute, second: Int

    /// - Parameter seconds: Already moved into the zone that is wanted.
    init(secondsSince1970 seconds: Int64) {
        // Days to a date of the Gregorian calendar: Howard Hinnant, "chrono-compatible low-level date algorithms".
        let days = Int((Double(seconds) / 86_400).rounded(.down))
        let ofDay = Int(seconds) - days * 86_400
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = ofDay / 3_600
        minute = ofDay % 3_600 / 60
        second = ofDay % 60
    }

    /// `14:35`
    package var clock: String { "\(two(hour)):\(two(minute))" }
    /// `14:35:20`
    package var clockWithSeconds: String { "\(clock):\(two(second))" }
    /// `21/11/2026`, the order Kenyans write.
    package var date: String { "\(two(day))/\(two(month))/\(year)" }
    /// `2026-11-21`, for programs; years from 0 to 9999.
    package var isoDate: String {
        let digits = "\(year)"
        return "\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)-\(two(month))-\(two(day))"
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
