/// The headers of one request in one array, so that a request costs one allocation for them, not thirty.
///
/// Layout, repeated: name length (1 byte), value length (2 bytes, big end first), name in lower case, value.
struct HeaderBlock: Sendable {
    private var bytes: [UInt8] = []

    init() {}

    /// A block of `headers`; a name longer than 255 or a value longer than 65,535 bytes is a programmer's mistake.
    init(_ headers: [(name: String, value: String)]) {
        for header in headers { append(name: header.name.utf8, value: header.value.utf8) }
    }

    /// Makes room for `bytes` of names and values.
    mutating func reserve(_ bytes: Int) {
        self.bytes.reserveCapacity(bytes)
    }

    /// Adds a header; equal names stay apart and in order.
    mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
        precondition(name.count <= 255 && value.count <= 65_535, "a header is longer than the server reads")
        bytes.append(UInt8(name.count))
        bytes.append(UInt8(value.count >> 8))
        bytes.append(UInt8(value.count & 0xff))
        for byte in name { bytes.append(byte.asciiLowercased) }
        bytes.append(contentsOf: value)
    }

    /// The first value of the header called `name`, whatever its case; bytes that are not UTF-8 are replaced.
    func first(_ name: String) -> String? {
        var found: String?
        visit(name) { value in
            found = String(decoding: value, as: UTF8.self)
            return false
        }
        return found
    }

    /// Every value of the header called `name`, in order.
    func all(_ name: String) -> [String] {
        var found: [String] = []
        visit(name) { value in
            found.append(String(decoding: value, as: UTF8.self))
            return true
        }
        return found
    }

    /// Calls `body` with each value of `name` until it answers false.
    private func visit(_ name: String, _ body: (ArraySlice<UInt8>) -> Bool) {
        let wanted = name.utf8
        var position = 0
        while position < bytes.count {
            let nameStart = position + 3
            let valueStart = nameStart + Int(bytes[position])
            let end = valueStart + Int(bytes[position + 1]) << 8 + Int(bytes[position + 2])
            if valueStart - nameStart == wanted.count,
                bytes[nameStart..<valueStart].elementsEqual(wanted, by: { $0 == $1.asciiLowercased }),
                !body(bytes[valueStart..<end])
            {
                return
            }
            position = end
        }
    }
}

extension UInt8 {
    /// `A` to `Z` as `a` to `z`; every other byte as it is.
    var asciiLowercased: UInt8 {
        self >= 0x41 && self <= 0x5a ? self | 0x20 : self
    }

    /// Whether the byte may stand in a header's name or a method (`tchar`; RFC 9110, section 5.6.2).
    var isToken: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c, 0x7e: true
        default: false
        }
    }
}
