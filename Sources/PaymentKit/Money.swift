/// A currency by its ISO 4217 code.
public struct Currency: RawRepresentable, Hashable, Sendable, Codable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let kes = Currency(rawValue: "KES")
    public static let ugx = Currency(rawValue: "UGX")
    public static let usd = Currency(rawValue: "USD")

    /// Digits after the decimal point: 0 for UGX and JPY, 3 for KWD, otherwise 2.
    public var decimals: Int {
        switch rawValue {
        case "UGX", "RWF", "JPY", "KRW": 0
        case "KWD", "BHD", "OMR", "TND": 3
        default: 2
        }
    }

    /// Smallest units in one whole unit: 100 for KES.
    public var unitsPerWhole: Int64 { (0..<decimals).reduce(1) { units, _ in units * 10 } }
}

/// An amount in the smallest unit of its currency. Never a floating-point number.
///
/// Overflow and mixing currencies are programmers' mistakes and stop the process.
public struct Money: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Cents for KES.
    public let minor: Int64
    public let currency: Currency

    public init(minor: Int64, _ currency: Currency) {
        self.minor = minor
        self.currency = currency
    }

    /// An amount of whole units: `Money(whole: 1_500, .kes)` is KES 1,500.00.
    public init(whole: Int64, _ currency: Currency) {
        self.init(minor: whole * currency.unitsPerWhole, currency)
    }

    /// Whole units (1500 for KES 1,500.00), or nil where a fraction is left over.
    public var whole: Int64? {
        minor.isMultiple(of: currency.unitsPerWhole) ? minor / currency.unitsPerWhole : nil
    }

    /// Exact text such as `"1500"`, `"1500.5"`, `"-3.20"` or `"1500.00"`.
    ///
    /// Nil for anything else: separators, exponents, signs in the middle, more non-zero decimals than the currency has,
    /// or an amount that does not fit.
    public init?(decimal text: String, _ currency: Currency) {
        var digits = text.utf8[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let wholePart = parts.first, !wholePart.isEmpty else { return nil }
        let fraction = Array(parts.dropFirst().first ?? digits.prefix(0))
        guard parts.count == 1 || !fraction.isEmpty else { return nil }

        var minor: Int64 = 0
        func append(_ digit: UInt8) -> Bool {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return false }
            let (product, overflow) = minor.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            minor = sum
            return !overflow && !carry
        }
        for digit in wholePart where !append(digit) { return nil }
        for (place, digit) in fraction.enumerated() {
            if place < currency.decimals {
                if !append(digit) { return nil }
            } else if digit != UInt8(ascii: "0") {
                return nil
            }
        }
        for _ in min(fraction.count, currency.decimals)..<currency.decimals where !append(UInt8(ascii: "0")) {
            return nil
        }
        self.init(minor: isNegative ? -minor : minor, currency)
    }

    /// Plain decimal text with all decimals, for programs: `"1250.00"`.
    public var decimalText: String {
        let units = currency.unitsPerWhole
        let sign = minor < 0 ? "-" : ""
        let magnitude = minor.magnitude
        guard currency.decimals > 0 else { return sign + String(magnitude) }
        let fraction = String(magnitude % UInt64(units))
        let padding = String(repeating: "0", count: currency.decimals - fraction.count)
        return "\(sign)\(magnitude / UInt64(units)).\(padding)\(fraction)"
    }

    /// Text for people: `KSh 1,250`, or `KSh 1,250.50` where there are cents; other currencies by their code.
    public var description: String {
        let name = currency == .kes ? "KSh" : currency.rawValue
        let text = decimalText
        let parts = text.split(separator: ".")
        let isNegative = text.hasPrefix("-")
        var grouped = ""
        for (offset, digit) in parts[0].drop(while: { $0 == "-" }).reversed().enumerated() {
            if offset > 0, offset.isMultiple(of: 3) { grouped.append(",") }
            grouped.append(digit)
        }
        let fraction = whole == nil && parts.count == 2 ? ".\(parts[1])" : ""
        return "\(name) \(isNegative ? "-" : "")\(String(grouped.reversed()))\(fraction)"
    }

    public static func + (left: Money, right: Money) -> Money {
        precondition(left.currency == right.currency, "Two currencies cannot be added.")
        return Money(minor: left.minor + right.minor, left.currency)
    }

    public static func - (left: Money, right: Money) -> Money {
        precondition(left.currency == right.currency, "Two currencies cannot be subtracted.")
        return Money(minor: left.minor - right.minor, left.currency)
    }

    public static func * (amount: Money, quantity: Int) -> Money {
        Money(minor: amount.minor * Int64(quantity), amount.currency)
    }
}
