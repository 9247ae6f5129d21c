/// The order numbers that a misspelt text may have meant, likeliest first, each once and with a right check character.
///
/// The check is linear, so where one character is unknown exactly one fits: nothing is tried out.
struct NearNumbers {
    /// More are not kept: each is looked up.
    static let limit = 64
    private(set) var numbers: [OrderNumber] = []

    private static let length = 8
    private static let alphabet = OrderNumber.alphabet.compactMap(\.asciiValue)
    /// The place in the alphabet of an ASCII character; nil where it is not in it.
    private static let values: [Int?] = (0..<128).map { alphabet.firstIndex(of: UInt8($0)) }
    /// What to multiply by instead of dividing by 1…8, modulo 31.
    private static let inverses = (0...length).map { weight in (0..<31).first { weight * $0 % 31 == 1 } ?? 0 }
    /// What is taken for one another by eye, also outside the alphabet.
    private static let lookAlikes: [[Int]] = (0..<128).map { character in
        let groups = ["0OQD", "1ILJ7", "2Z", "5S", "6G", "8B", "UV", "MN"].map { Array($0.utf8) }
        return groups.filter { $0.contains(UInt8(character)) }.flatMap { $0 }
            .filter { $0 != UInt8(character) }.compactMap { values[Int($0)] }
    }

    /// Whether `character`, upper-case ASCII, can be part of a number.
    static func isInAlphabet(_ character: UInt8) -> Bool { values[Int(character & 127)] != nil && character < 128 }

    /// Adds what may have been meant by `typed`, upper-case ASCII.
    ///
    /// - Parameter isCut: Whether the text ends here because it had no more room.
    mutating func add(_ typed: [UInt8], isCut: Bool = false) {
        guard numbers.count < Self.limit else { return }
        let values = typed.map { Self.values[Int($0 & 127)] }
        let strangers = values.indices.filter { values[$0] == nil }
        let known = values.map { $0 ?? 0 }
        switch typed.count - Self.length {
        case 0:
            addSubstitutions(known, strangers)
            if strangers.isEmpty { addSwaps(known) }
            addTwoLookAlikes(typed, known, strangers)
        case -1 where strangers.isEmpty: addMissingOne(known)
        case -2 where strangers.isEmpty && isCut:
            for next in 0..<31 { add(known + [next, 0], solvedAt: Self.length - 1) }
        case 1 where strangers.count <= 1: addOneTooMany(known, strangers)
        case 2...: addWindows(known, strangers)
        case _: break
        }
    }

    mutating func add(_ number: OrderNumber) {
        if numbers.count < Self.limit, !numbers.contains(number) { numbers.append(number) }
    }

    // MARK: One edit each

    private mutating func addSubstitutions(_ known: [Int], _ strangers: [Int]) {
        guard strangers.count <= 1 else { return }
        // The check character first: it is the last and the least looked at.
        for place in strangers.isEmpty ? known.indices.reversed() : strangers { add(known, solvedAt: place) }
    }

    private mutating func addSwaps(_ known: [Int]) {
        for place in 1..<Self.length {
            var swapped = known
            swapped.swapAt(place - 1, place)
            addIfRight(swapped)
        }
    }

    private mutating func addMissingOne(_ known: [Int]) {
        for place in (0..<Self.length).reversed() {
            var filled = known
            filled.insert(0, at: place)
            add(filled, solvedAt: place)
        }
    }

    private mutating func addOneTooMany(_ known: [Int], _ strangers: [Int]) {
        for place in strangers.isEmpty ? Array(known.indices) : strangers {
            var shortened = known
            shortened.remove(at: place)
            addIfRight(shortened)
        }
    }

    // MARK: More than one edit, where there is a reason for it

    private mutating func addTwoLookAlikes(_ typed: [UInt8], _ known: [Int], _ strangers: [Int]) {
        guard strangers.count <= 2 else { return }
        for first in known.indices {
            for second in (first + 1)..<max(Self.length, first + 1)
            where strangers.allSatisfy({ $0 == first || $0 == second }) {
                for one in Self.lookAlikes[Int(typed[first] & 127)] {
                    for other in Self.lookAlikes[Int(typed[second] & 127)] {
                        var meant = known
                        (meant[first], meant[second]) = (one, other)
                        addIfRight(meant)
                    }
                }
            }
        }
    }

    /// A number with something written to it without a space.
    private mutating func addWindows(_ known: [Int], _ strangers: [Int]) {
        for start in 0...(known.count - Self.length) {
            let window = start..<(start + Self.length)
            if !strangers.contains(where: window.contains) { addIfRight(Array(known[window])) }
        }
    }

    // MARK: The check

    /// Zero modulo 31 when the check character is right.
    private static func remainder(_ values: [Int]) -> Int {
        var sum = 0
        for place in 0..<length { sum += (length - place) * values[place] }
        return sum % 31
    }

    private mutating func add(_ values: [Int], solvedAt place: Int) {
        var solved = values
        solved[place] = 0
        solved[place] = (31 - Self.remainder(solved)) * Self.inverses[Self.length - place] % 31
        addIfRight(solved)
    }

    private mutating func addIfRight(_ values: [Int]) {
        guard Self.remainder(values) == 0,
            let number = OrderNumber(String(decoding: values.map { Self.alphabet[$0] }, as: UTF8.self))
        else { return }
        add(number)
    }
}
