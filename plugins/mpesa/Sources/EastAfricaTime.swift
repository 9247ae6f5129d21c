import FoundationEssentials

/// The clock of M-PESA: three hours ahead of UTC all year, whatever zone and language the machine is set to.
enum EastAfricaTime {
    private static let secondsAhead = 3 * 3_600
    private static let secondsPerDay = 86_400

    /// Fourteen digits: `yyyyMMddHHmmss`.
    static func stamp(_ moment: Date) -> String {
        let seconds = Int(moment.timeIntervalSince1970.rounded(.down)) + secondsAhead
        let second = ((seconds % secondsPerDay) + secondsPerDay) % secondsPerDay
        let (year, month, day) = date(daysSince1970: (seconds - second) / secondsPerDay)
        return padded(year, to: 4)
            + [month, day, second / 3_600, second / 60 % 60, second % 60].map { padded($0, to: 2) }.joined()
    }

    /// The moment of a stamp, or nil for a text that is not one, such as the 31st of February.
    static func moment(_ stamp: String) -> Date? {
        let digits = stamp.utf8.map { Int($0) - Int(UInt8(ascii: "0")) }
        guard digits.count == 14, digits.allSatisfy((0...9).contains) else { return nil }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }

        let days = daysSince1970(year: number(0..<4), month: number(4..<6), day: number(6..<8))
        let second = number(8..<10) * 3_600 + number(10..<12) * 60 + number(12..<14)
        let moment = Date(timeIntervalSince1970: Double(days * secondsPerDay + second - secondsAhead))
        return self.stamp(moment) == stamp ? moment : nil
    }

    /// `yyyy-MM-dd HH:mm:ss`.
    static func written(_ moment: Date) -> String {
        let digits = Array(stamp(moment))
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) \(part(8..<10)):\(part(10..<12)):\(part(12..<14))"
    }

    /// The moment that a text names: 14 digits, or a date with the year or the day first and a time with or without
    /// seconds, such as `2026-01-05 14:30:15`, `05.01.2026 14:30:15` and `5/1/2026 14:30`.
    static func read(_ text: String) -> Date? {
        if let moment = moment(text) { return moment }
        let isWritten = text.unicodeScalars.allSatisfy {
            $0.isASCII && ("0"..."9" ~= $0 || "-/.: T".unicodeScalars.contains($0))
        }
        let parts = text.split { !("0"..."9" ~= $0) }.map(String.init)
        guard isWritten, (5...6).contains(parts.count), parts.allSatisfy({ (1...4).contains($0.count) }) else {
            return nil
        }
        let isYearFirst = parts[0].count == 4
        let (year, day) = isYearFirst ? (parts[0], parts[2]) : (parts[2], parts[0])
        let others = [parts[1], day] + parts[3...]
        guard year.count == 4, others.allSatisfy({ $0.count <= 2 }) else { return nil }
        let second = parts.count == 5 ? ["00"] : []
        let padded = (others + second).map { $0.count == 1 ? "0" + $0 : $0 }
        return moment(year + padded.joined())
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    // MARK: The Gregorian calendar, with years that begin in March: Howard Hinnant, "chrono-Compatible Low-Level Date
    // Algorithms". An era is 400 years of 146,097 days; day 0 is 1 March of year 0, which is 719,468 days before 1970.

    private static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
