extension String {
    /// Whether it holds a Kenyan mobile number, as people or providers write it: in one run of digits, or in groups
    /// with spaces, dots, hyphens or brackets between them.
    package var holdsPhone: Bool { !phones.isEmpty }

    /// The same without telephone numbers: `call •••`.
    package var withoutPhones: String {
        var text = ""
        var rest = startIndex
        for phone in phones where phone.lowerBound >= rest {
            text += self[rest..<phone.lowerBound] + "•••"
            rest = phone.upperBound
        }
        return text + self[rest...]
    }

    /// Where the numbers stand, in order; one group of digits may begin only one.
    private var phones: [Range<Index>] {
        // Most texts have too few digits.
        guard utf8.count(where: { (0x30...0x39).contains($0) }) >= 10 else { return [] }
        let groups = digitGroups
        return groups.indices.compactMap { first in
            var digits = ""
            for last in groups[first...].indices {
                if last > first {
                    let gap = self[groups[last - 1].upperBound..<groups[last].lowerBound]
                    // A day and a month, for one, begin with two digits.
                    guard groups[first].isLong, gap.count <= 3, gap.allSatisfy({ " \u{A0}.-()".contains($0) }) else {
                        return nil
                    }
                }
                digits += self[groups[last].range]
                guard digits.count <= 13 else { return nil }
                if Self.isPhone(digits) { return groups[first].lowerBound..<groups[last].upperBound }
            }
            return nil
        }
    }

    private static func isPhone(_ digits: String) -> Bool {
        // +254 (0) 712 345 678 is written, too.
        for (before, count) in [("0", 10), ("254", 12), ("2540", 13)]
        where digits.count == count && digits.hasPrefix(before) {
            return "71".contains(digits.dropFirst(before.count).prefix(1))
        }
        return false
    }

    private struct DigitGroup {
        let range: Range<Index>
        let isLong: Bool
        var lowerBound: Index { range.lowerBound }
        var upperBound: Index { range.upperBound }
    }

    private var digitGroups: [DigitGroup] {
        var groups: [DigitGroup] = []
        var begin: Index?
        for place in indices + [endIndex] {
            let isDigit = place < endIndex && self[place].isASCII && self[place].isNumber
            if isDigit {
                begin = begin ?? place
            } else if let start = begin {
                groups.append(DigitGroup(range: start..<place, isLong: distance(from: start, to: place) >= 3))
                begin = nil
            }
        }
        return groups
    }
}
