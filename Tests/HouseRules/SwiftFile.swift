/// A Swift file, with its code, the contents of its string literals, and its comments told apart.
struct SwiftFile: Sendable {
    let path: String
    /// As written.
    let lines: [String]
    /// Line by line with comments and the contents of literals blanked; the code in `\( )` stays.
    let code: [String]
    /// Line by line only what stands in literals.
    let literals: [String]
    /// Line by line only comments.
    let comments: [String]

    init(_ file: TextFile) {
        path = file.path
        lines = file.lines
        let bytes = Array(file.text.utf8)
        let parts = Scanner.parts(of: bytes)
        func only(_ part: Scanner.Part) -> [String] {
            var kept = bytes
            for place in kept.indices where parts[place] != part && kept[place] != 10 { kept[place] = 32 }
            return String(decoding: kept, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                .map(String.init)
        }
        code = only(.code)
        literals = only(.literal)
        comments = only(.comment)
    }

    /// The first folder below `Sources`, or a plugin's two.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.first == "Sources" ? String(parts[1]) : parts.prefix(3).joined(separator: "/")
    }

    /// Lines of code that match.
    func findings(_ pattern: String, in part: KeyPath<SwiftFile, [String]> = \.code, _ advice: String) -> [Finding] {
        let regex: Regex<AnyRegexOutput>
        do { regex = try Regex(pattern) } catch { preconditionFailure("\(pattern) is no pattern.") }
        return self[keyPath: part].enumerated().filter { $1.contains(regex) }.map {
            Finding(path: path, line: $0.offset + 1, advice: advice)
        }
    }
}

/// Enough of Swift's grammar to know where comments and literals are.
private struct Scanner {
    enum Part: UInt8 { case code, literal, comment }
    private enum Frame {
        case interpolation(depth: Int)
        case string(isMultiline: Bool, hashes: Int)
    }
    private let bytes: [UInt8]
    private var parts: [Part]
    private var frames: [Frame] = []
    private var place = 0

    static func parts(of bytes: [UInt8]) -> [Part] {
        var scanner = Scanner(bytes: bytes, parts: [Part](repeating: .code, count: bytes.count))
        while scanner.place < bytes.count {
            if case .string(let isMultiline, let hashes) = scanner.frames.last {
                scanner.literal(isMultiline, hashes)
            } else {
                scanner.code()
            }
        }
        return scanner.parts
    }

    private init(bytes: [UInt8], parts: [Part]) {
        self.bytes = bytes
        self.parts = parts
    }

    private func has(_ text: StaticString, at place: Int) -> Bool {
        place + text.utf8CodeUnitCount <= bytes.count
            && (0..<text.utf8CodeUnitCount).allSatisfy { bytes[place + $0] == text.utf8Start[$0] }
    }

    private func hashes(at place: Int) -> Int {
        bytes[min(place, bytes.count)...].prefix { $0 == UInt8(ascii: "#") }.count
    }

    private mutating func mark(_ count: Int, _ part: Part) {
        for offset in place..<min(place + count, bytes.count) { parts[offset] = part }
        place += count
    }

    private mutating func literal(_ isMultiline: Bool, _ count: Int) {
        let quotes = isMultiline ? 3 : 1
        if has("\\", at: place), hashes(at: place + 1) >= count {
            if has("(", at: place + 1 + count) {
                mark(2 + count, .code)
                frames.append(.interpolation(depth: 1))
            } else {
                mark(2 + count, .literal)
            }
        } else if isMultiline ? has("\"\"\"", at: place) : has("\"", at: place), hashes(at: place + quotes) >= count {
            mark(quotes + count, .code)
            frames.removeLast()
        } else {
            if has("\n", at: place), !isMultiline { frames.removeLast() }
            mark(1, .literal)
        }
    }

    private mutating func code() {
        let count = hashes(at: place)
        if has("//", at: place) {
            while place < bytes.count, !has("\n", at: place) { mark(1, .comment) }
        } else if has("/*", at: place) {
            while place < bytes.count, !has("*/", at: place) { mark(1, .comment) }
            mark(2, .comment)
        } else if has("\"", at: place + count) {
            let isMultiline = has("\"\"\"", at: place + count)
            mark(count + (isMultiline ? 3 : 1), .code)
            frames.append(.string(isMultiline: isMultiline, hashes: count))
        } else {
            if case .interpolation(let depth) = frames.last {
                let next = depth + (has("(", at: place) ? 1 : has(")", at: place) ? -1 : 0)
                frames[frames.count - 1] = .interpolation(depth: next)
                if next == 0 { frames.removeLast() }
            }
            mark(1, .code)
        }
    }
}
