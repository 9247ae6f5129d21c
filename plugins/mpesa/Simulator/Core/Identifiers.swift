/// A source of numbers that gives the same ones for the same seed (SplitMix64); for ids that only have to look real.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A source that starts at `seed`.
    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// `count` characters drawn from `alphabet`, which is ASCII and not empty.
    mutating func text(_ count: Int, of alphabet: String) -> String {
        let letters = Array(alphabet.utf8)
        return String(
            decoding: (0..<count).map { _ in letters[Int.random(in: letters.indices, using: &self)] }, as: UTF8.self)
    }
}

/// The forms of ids and receipts that Daraja gives out; reference, sections 22.1 and 22.2.
enum Identifier {
    private static let hexadecimal = "0123456789abcdef"
    private static let decimal = "0123456789"
    private static let upper = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    private static let mixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    /// A MerchantRequestID or requestId such as `5c1d-4e0a-9f37-2b6d8a90c4e1730215`.
    static func request(_ random: inout SeededRandom) -> String {
        let groups = (0..<3).map { _ in random.text(4, of: hexadecimal) }.joined(separator: "-")
        return groups + "-" + random.text(12, of: hexadecimal) + random.text(6, of: decimal)
    }

    /// A CheckoutRequestID such as `ws_CO_05012026143016482708374149`; it ends in the nine digits of the phone.
    static func checkout(at instant: Milliseconds, phone: String) -> String {
        "ws_CO_" + EastAfricaTime(instant).checkoutDigits + phone.suffix(9)
    }

    /// An access token: 28 characters that mean nothing.
    static func token(_ random: inout SeededRandom) -> String { random.text(28, of: mixed) }

    /// A ConversationID such as `AG_20260105_2010b7c41e9d05a3f826`.
    static func conversation(at instant: Milliseconds, _ random: inout SeededRandom) -> String {
        "AG_\(EastAfricaTime(instant).digits.prefix(8))_" + random.text(20, of: hexadecimal)
    }

    /// A receipt such as `UA51K7B2QX`: year, month and day as one character each, then seven of a sequence.
    static func receipt(at instant: Milliseconds, _ random: inout SeededRandom) -> String {
        // The real ones are a sequence and never end in seven zeros: those stand for a failed operation.
        var sequence: String
        repeat { sequence = random.text(7, of: upper) } while sequence == noSequence
        return date(of: instant) + sequence
    }

    /// What stands in place of a receipt when an operation failed: the date characters and seven zeros.
    static func noReceipt(at instant: Milliseconds) -> String { date(of: instant) + noSequence }

    private static let noSequence = "0000000"

    private static func date(of instant: Milliseconds) -> String {
        let time = EastAfricaTime(instant)
        let letters = Array(upper.utf8)
        // A is 2006 and January; days go on from 9 with A.
        let date = [
            letters[10 + ((time.year - 2006) % 26 + 26) % 26], letters[9 + time.month], letters[time.day],
        ]
        return String(decoding: date, as: UTF8.self)
    }
}
