extension String {
    /// Whether it holds a Kenyan mobile number, as people or providers write it: in one run of digits, or in the groups
    /// that are usual for it.
    package var holdsPhone: Bool { !phones.isEmpty }

    /// Whether it holds one in a run of digits: what the books may never hold, whatever rules it was written by.
    package var holdsPhoneInOneRun: Bool { digitGroups.contains { Self.isPhone(self[$0]) } }

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

    /// How many digits the groups of a number have; other groups are dates, accounts and amounts.
    private static let usualGroups: [[Int]] = [
        [4, 3, 3], [4, 6], [4, 2, 2, 2], [3, 9], [3, 3, 3, 3], [3, 3, 6], [3, 10], [3, 4, 3, 3], [3, 1, 9],
        [3, 1, 3, 3, 3], [3, 1, 3, 6],
    ]

    /// Where the numbers stand, in order.
    private var phones: [Range<Index>] {
        // Most texts have too few digits.
        guard utf8.count(where: { (0x30...0x39).contains($0) }) >= 10 else { return [] }
        let groups = digitGroups
        return groups.indices.compactMap { first in
            if Self.isPhone(self[groups[first]]) { return groups[first] }
            for sizes in Self.usualGroups where first + sizes.count <= groups.count {
                let taken = groups[first..<first + sizes.count]
                guard zip(taken, sizes).allSatisfy({ self[$0].count == $1 }),
                    zip(taken, taken.dropFirst()).allSatisfy({ adjoin($0, $1) }),
                    Self.isPhone(Substring(taken.map { self[$0] }.joined())), let last = taken.last
                else { continue }
                // A longer row of groups is an account's number, unless another telephone number follows.
                if let next = groups.dropFirst(first + sizes.count).first, adjoin(last, next),
                    !["01", "07", "254"].contains(where: self[next].hasPrefix)
                {
                    continue
                }
                return taken[first].lowerBound..<last.upperBound
            }
            return nil
        }
    }

    /// Whether no more than a sign or two stand between two groups.
    private func adjoin(_ one: Range<Index>, _ next: Range<Index>) -> Bool {
        let gap = self[one.upperBound..<next.lowerBound]
        return gap.count <= 3 && gap.allSatisfy { $0.isWhitespace || ".-()/_\u{2010}\u{2011}\u{2013}".contains($0) }
    }

    private static func isPhone(_ digits: Substring) -> Bool {
        // +254 (0) 712 345 678 is written, too.
        for (before, count) in [("0", 10), ("254", 12), ("2540", 13)]
        where digits.count == count && digits.hasPrefix(before) {
            return "71".contains(digits.dropFirst(before.count).prefix(1))
        }
        return false
    }

    private var digitGroups: [Range<Index>] {
        var groups: [Range<Index>] = []
        var begin: Index?
        for place in indices + [endIndex] {
            let isDigit = place < endIndex && self[place].isASCII && self[place].isNumber
            if isDigit {
                begin = begin ?? place
            } else if let start = begin {
                groups.append(start..<place)
                begin = nil
            }
        }
        return groups
    }
}
