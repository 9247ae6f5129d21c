/// Random numbers that are the same in every run (SplitMix64: Steele, Lea and Flood, 2014), so that a failure repeats.
///
/// Each thing that happens draws from a generator of its own, made from what it is: leaving one out changes nothing
/// for the others, which is what makes a failing seed smaller.
package struct Random: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    /// A generator for one thing among others of the same seed.
    init(_ seed: UInt64, _ first: Int, _ second: Int = 0) {
        state = seed &+ UInt64(bitPattern: Int64(first)) &* 0xD134_2543_DE82_EF95
        state = next() &+ UInt64(bitPattern: Int64(second)) &* 0xA24B_AED4_963E_E407
        state = next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// 0 ..< `count`.
    mutating func below(_ count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func between(_ least: Int64, _ most: Int64) -> Int64 { least + Int64(below(Int(most - least + 1))) }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// Milliseconds of any magnitude between two: as likely 10 to 100 as 100 to 1,000.
    mutating func spread(_ least: Int64, _ most: Int64) -> Int64 {
        let low = 63 - max(least, 1).leadingZeroBitCount
        let high = 63 - max(most, 1).leadingZeroBitCount
        let top = Int64(1) << (low + below(high - low + 1))
        return min(max(between(top, 2 * top - 1), least), most)
    }
}
