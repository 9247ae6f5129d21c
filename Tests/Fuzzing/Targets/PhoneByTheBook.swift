/// The rules for telephone numbers written down a second time, step by step and as text, to be compared with the first:
/// `reference/daraja.md`, section 25.2.
enum PhoneByTheBook {
    static func number(_ typed: String) -> String? {
        let scalars = Array(typed.unicodeScalars)
        if scalars.count > 64 { return nil }
        var kept = ""
        for scalar in scalars {
            if let digit = digit(scalar) {
                kept += String(digit)
            } else if scalar.value == 0x2B || scalar.value == 0xFF0B {
                kept += "+"
            } else if !isDropped(scalar) {
                return nil
            }
        }
        let plus = kept.filter { $0 == "+" }.count
        if plus > 1 || (plus == 1 && !kept.hasPrefix("+")) { return nil }
        var isInternational = false
        if plus == 1 {
            guard kept.hasPrefix("+254") else { return nil }
            kept = String(kept.dropFirst(4))
            isInternational = true
        } else if let prefix = ["000254", "00254"].first(where: { kept.hasPrefix($0) }) {
            kept = String(kept.dropFirst(prefix.count))
            isInternational = true
        } else if kept.hasPrefix("00") {
            return nil
        } else if kept.count == 12 || kept.count == 13, kept.hasPrefix("254") {
            kept = String(kept.dropFirst(3))
            isInternational = true
        } else if kept.count == 10, kept.hasPrefix("0") {
            kept = String(kept.dropFirst())
        }
        if isInternational, kept.count == 10, kept.hasPrefix("0") { kept = String(kept.dropFirst()) }
        guard kept.count == 9, kept.hasPrefix("7") || kept.hasPrefix("1") else { return nil }
        return "254" + kept
    }

    private static func digit(_ scalar: Unicode.Scalar) -> Int? {
        guard scalar.properties.generalCategory == .decimalNumber else { return nil }
        return scalar.properties.numericValue.map { Int($0) }
    }

    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        let others: Set<UInt32> = [
            0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2212, 0x2E, 0x28, 0x29, 0x5B, 0x5D, 0xFF0E, 0xFF08, 0xFF09, 0xFF3B,
            0xFF3D,
        ]
        if others.contains(scalar.value) { return true }
        let category = scalar.properties.generalCategory
        return category == .spaceSeparator || category == .lineSeparator || category == .paragraphSeparator
            || category == .dashPunctuation || category == .format
    }
}
