/// Finds requests whose end a proxy and we could see in different places, or whose headers could be forged.
///
/// libmicrohttpd accepts more than RFC 9112 allows, in strict mode too. Every header is shown to the guard in the first
/// handler call; what it does not like is answered with 400 and the connection is closed.
struct FramingGuard {
    /// The body's length as announced, `nil` when there is none or it is chunked.
    private(set) var contentLength: Int?
    /// Whether nothing wrong has been seen.
    private(set) var isSound = true
    private var lengths = 0
    private var codings = 0
    private var hosts = 0

    /// Looks at one header; `name` and `value` are as they came, without the blanks around the value.
    mutating func check(name: some RandomAccessCollection<UInt8>, value: some RandomAccessCollection<UInt8>) {
        guard !name.isEmpty, name.count <= 255, name.allSatisfy(\.isToken), value.allSatisfy(Self.isAllowed) else {
            isSound = false
            return
        }
        switch name.count {
        case 4 where Self.equal(name, "host"):
            hosts += 1
            if hosts > 1 { isSound = false }
        case 14 where Self.equal(name, "content-length"):
            lengths += 1
            contentLength = Self.number(value)
            if lengths > 1 || contentLength == nil || codings > 0 { isSound = false }
        case 17 where Self.equal(name, "transfer-encoding"):
            codings += 1
            if codings > 1 || lengths > 0 || !Self.equal(value, "chunked") { isSound = false }
        default:
            break
        }
    }

    /// Notes that something is wrong which only the caller can see.
    mutating func refuse() {
        isSound = false
    }

    /// Looks at the version once all headers have been seen: HTTP/1.0 knows no transfer codings.
    mutating func check(isHTTP10: Bool) {
        if isHTTP10 && codings > 0 { isSound = false }
    }

    /// Whether `byte` may stand in a value: no control characters but the tab.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7f || byte == 0x09
    }

    private static func equal(_ bytes: some RandomAccessCollection<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { letters in
            unsafe zip(bytes, letters).allSatisfy { $0.asciiLowercased == $1 }
        }
    }

    /// A number of digits alone that fits; signs, blanks and lists are not numbers.
    private static func number(_ bytes: some RandomAccessCollection<UInt8>) -> Int? {
        guard (1...18).contains(bytes.count) else { return nil }
        var number = 0
        for byte in bytes {
            guard byte >= 0x30 && byte <= 0x39 else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        return number
    }
}
