import Testing

@Suite("Sizes: what fits on a screen is read")
struct Sizes {
    @Test("A file has 400 lines at most")
    func files() {
        report(
            Repository.swift.filter { $0.lines.count > 401 }.map {
                Finding(
                    path: $0.path, line: 401, advice: "\($0.lines.count) lines; move one idea to a file of its own.")
            })
    }

    @Test("A line has 120 columns at most")
    func lines() {
        report(
            Repository.swift.flatMap { file in
                file.lines.enumerated().filter { $1.count > 120 }.map {
                    Finding(
                        path: file.path, line: $0.offset + 1,
                        advice: "\($0.element.count) columns; break it (`swift format -i` does, except in literals).")
                }
            })
    }

    @Test("A function has 60 lines at most")
    func functions() {
        report(Repository.swift.flatMap(Self.longFunctions))
    }

    /// Functions, initialisers and computed properties whose body ends more than 60 lines after their first line.
    private static func longFunctions(_ file: SwiftFile) -> [Finding] {
        let start = try? Regex(#"(^|[^.\w])(func\s|init[?(<]|deinit\s|subscript[(<]|var\s.*[^=({]\{\s*$)"#)
        guard let start else { preconditionFailure("The pattern does not read.") }
        var findings: [Finding] = []
        for (number, line) in file.code.enumerated() where line.contains(start) {
            guard let length = lengthOfBody(file.code[number...]), length > 60 else { continue }
            findings.append(
                Finding(path: file.path, line: number + 1, advice: "a function of \(length) lines; name a part of it."))
        }
        return findings
    }

    /// Lines until the braces that the declaration opens are closed; nil for a requirement without a body.
    private static func lengthOfBody(_ lines: ArraySlice<String>) -> Int? {
        var parentheses = 0
        var braces = 0
        for (offset, line) in lines.enumerated() {
            for byte in line.utf8 {
                switch byte {
                case UInt8(ascii: "("): parentheses += 1
                case UInt8(ascii: ")"): parentheses -= 1
                case UInt8(ascii: "{"): if parentheses == 0 || braces > 0 { braces += 1 }
                case UInt8(ascii: "}"):
                    guard braces > 0 else {
                        if parentheses == 0 { return nil }
                        continue
                    }
                    braces -= 1
                    if braces == 0 { return offset + 1 }
                default: break
                }
            }
        }
        return nil
    }
}
