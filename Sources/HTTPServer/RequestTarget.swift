/// What stands between the method and the version: the path, decoded and checked, and the query, as it came.
struct RequestTarget: Sendable {
    /// Percent-decoded, valid UTF-8, without control characters; begins with `/`, or is `*` alone.
    let path: String
    /// What follows the question mark, still encoded; empty without one.
    let query: String

    /// Reads `bytes`, or is `nil` for a target no client of ours sends.
    init?(_ bytes: some RandomAccessCollection<UInt8>) {
        var questionMark: Int?
        var hasEscapes = false
        for (offset, byte) in bytes.enumerated() {
            switch byte {
            case 0x00...0x20, 0x23, 0x7f...0xff: return nil
            case 0x25: hasEscapes = hasEscapes || questionMark == nil
            case 0x3f: questionMark = questionMark ?? offset
            default: break
            }
        }
        var path = bytes.prefix(questionMark ?? bytes.count)
        if path.first != 0x2f && !path.elementsEqual("*".utf8) {
            guard let absolute = Self.pathOfAbsoluteForm(path) else { return nil }
            path = absolute
        }
        if path.isEmpty {
            self.path = "/"
        } else if hasEscapes {
            guard let decoded = PercentEncoding.decode(path, plusIsSpace: false),
                !decoded.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f })
            else { return nil }
            self.path = decoded
        } else {
            self.path = String(decoding: path, as: UTF8.self)
        }
        query = questionMark.map { String(decoding: bytes.dropFirst($0 + 1), as: UTF8.self) } ?? ""
    }

    /// The path of `http://host/path`, which every server must accept (RFC 9112, section 3.2.2).
    private static func pathOfAbsoluteForm<Bytes: RandomAccessCollection<UInt8>>(
        _ target: Bytes
    ) -> Bytes.SubSequence? where Bytes.SubSequence == Bytes {
        for scheme in ["http://", "https://"] where target.count > scheme.utf8.count {
            let start = target.prefix(scheme.utf8.count)
            guard start.elementsEqual(scheme.utf8, by: { $0.asciiLowercased == $1 }) else { continue }
            return target.dropFirst(scheme.utf8.count).drop { $0 != 0x2f }
        }
        return nil
    }
}
