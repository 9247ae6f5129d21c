/// A file that came with a form.
package struct UploadedFile: Sendable {
    /// The name of the field.
    package let field: String
    /// What the browser calls the file: the last part of its path, without control characters; may be empty.
    package let name: String
    package let bytes: [UInt8]

    /// A file that came over no socket, for tests.
    package init(field: String, name: String, bytes: [UInt8]) {
        self.field = field
        self.name = name
        self.bytes = bytes
    }
}

extension Form {
    /// Most files that a form may bring.
    package static let fileLimit = 4
    /// Longest text of a field in a form with files, in bytes.
    package static let valueBytes = 16 * 1_024

    /// Reads `body` as a form with files (`multipart/form-data`; RFC 7578), strictly: each part has one
    /// `Content-Disposition`, and the last boundary ends the body.
    ///
    /// - Parameter boundary: As the `Content-Type` gives it.
    /// - Throws: ``FormError``
    package init(multipart body: [UInt8], boundary: String) throws(FormError) {
        var reader = PartReader(body, boundary: boundary)
        var fields: [(name: String, value: String)] = []
        var files: [UploadedFile] = []
        while let part = try reader.next() {
            guard part.name.utf8.count <= Self.nameBytes else { throw .nameTooLong }
            guard let fileName = part.fileName else {
                guard fields.count < Self.fieldLimit else { throw .tooManyFields }
                guard part.content.count <= Self.valueBytes else { throw .valueTooLong }
                guard let value = String(validating: part.content, as: UTF8.self) else { throw .badEncoding }
                guard !part.content.contains(0) else { throw .containsNUL }
                fields.append((part.name, value))
                continue
            }
            guard files.count < Self.fileLimit else { throw .tooManyFields }
            files.append(
                UploadedFile(field: part.name, name: Self.plainName(fileName), bytes: Array(part.content)))
        }
        self.fields = fields
        self.files = files
    }

    private static func plainName(_ name: String) -> String {
        let last = name.split { $0 == "/" || $0 == "\\" }.last ?? ""
        return String(last.filter { !$0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } }.prefix(100))
    }

    /// The boundary in a `Content-Type`; nil when it is of another type, or has none that RFC 2046 allows.
    package static func boundary(in contentType: String) -> String? {
        let parts = contentType.split(separator: ";", omittingEmptySubsequences: false).map(\.trimmed)
        guard parts.first?.lowercased() == "multipart/form-data" else { return nil }
        let given = parts.dropFirst().filter { $0.lowercased().hasPrefix("boundary=") }
        guard given.count == 1, var value = given.first?.dropFirst("boundary=".utf8.count) else { return nil }
        if value.utf8.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
        let others = Array("'()+_,-./:=?".utf8)
        let isOne =
            (1...70).contains(value.utf8.count)
            && value.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                default: others.contains(byte)
                }
            }
        return isOne ? String(value) : nil
    }
}

/// Takes one part after the other from the body of a form with files.
private struct PartReader {
    struct Part {
        var name: String
        /// Nil for a field without a file.
        var fileName: String?
        var content: ArraySlice<UInt8>
    }
    /// Most bytes of a part's head.
    private static let headBytes = 1_024
    private let body: [UInt8]
    /// What stands before each part but the first, and before the end.
    private let delimiter: [UInt8]
    private var place = 0
    private var hasBegun = false

    init(_ body: [UInt8], boundary: String) {
        self.body = body
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// The next part, nil after the last one.
    mutating func next() throws(FormError) -> Part? {
        if !hasBegun {
            hasBegun = true
            guard body.starts(with: delimiter.dropFirst(2)) else { throw .badParts }
            place = delimiter.count - 2
        }
        // Behind a boundary: the end of its line, or two dashes for the end of all.
        if body[place...].starts(with: Array("--".utf8)) {
            let rest = body[(place + 2)...]
            guard rest.isEmpty || rest.elementsEqual(Array("\r\n".utf8)) else { throw .badParts }
            return nil
        }
        guard body[place...].starts(with: Array("\r\n".utf8)) else { throw .badParts }
        var part = try head(from: place + 2)
        guard let end = find(delimiter, from: place) else { throw .badParts }
        part.content = body[place..<end]
        place = end + delimiter.count
        return part
    }

    /// Reads the head of a part; `place` stands behind it then.
    private mutating func head(from start: Int) throws(FormError) -> Part {
        let limit = min(body.count, start + Self.headBytes)
        var lines: [ArraySlice<UInt8>] = []
        var lineStart = start
        var cursor = start
        while true {
            guard cursor + 1 < limit else { throw .badParts }
            guard body[cursor] == 0x0D, body[cursor + 1] == 0x0A else {
                // Control characters, a lone CR or LF among them, have no place in a head.
                guard body[cursor] >= 0x20 || body[cursor] == 0x09, body[cursor] != 0x7F else { throw .badParts }
                cursor += 1
                continue
            }
            let line = body[lineStart..<cursor]
            cursor += 2
            lineStart = cursor
            if line.isEmpty { break }
            lines.append(line)
        }
        place = cursor
        let dispositions = lines.compactMap { Self.value(of: "content-disposition", in: $0) }
        guard dispositions.count == 1, let disposition = dispositions.first else { throw .badParts }
        let encodings = lines.compactMap { Self.value(of: "content-transfer-encoding", in: $0) }
        guard encodings.allSatisfy({ ["7bit", "8bit", "binary"].contains($0.lowercased()) }) else { throw .badParts }
        return try Self.part(disposition)
    }

    private static func value(of name: String, in line: ArraySlice<UInt8>) -> String? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
            line[..<colon].elementsEqual(name.utf8, by: { $0.asciiLowercased == $1 })
        else { return nil }
        return String(validating: line[(colon + 1)...], as: UTF8.self).map { String($0[...].trimmed) } ?? ""
    }

    /// `form-data; name="statement"; filename="october.csv"`, in which a quote is written `%22` (HTML, section
    /// 4.10.21.8) or `\"`.
    private static func part(_ disposition: String) throws(FormError) -> Part {
        var rest = Substring(disposition)
        guard rest.lowercased().hasPrefix("form-data") else { throw .badParts }
        rest = rest.dropFirst("form-data".count)
        var values: [String: String] = [:]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard !rest.isEmpty else { break }
            guard rest.first == ";" else { throw .badParts }
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            guard let equals = rest.firstIndex(of: "=") else { throw .badParts }
            let key = rest[..<equals].lowercased()
            rest = rest[rest.index(after: equals)...]
            let value = try quoted(&rest)
            guard values.updateValue(value, forKey: key) == nil else { throw .badParts }
        }
        guard let name = values["name"] else { throw .badParts }
        return Part(name: name, fileName: values["filename"], content: [])
    }

    private static func quoted(_ rest: inout Substring) throws(FormError) -> String {
        guard rest.first == "\"" else { throw .badParts }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value.replacing("%22", with: "\"") }
            if character == "\\", rest.first == "\"" {
                value.append("\"")
                rest = rest.dropFirst()
            } else {
                value.append(character)
            }
        }
        throw .badParts
    }

    private func find(_ pattern: [UInt8], from start: Int) -> Int? {
        guard let first = pattern.first, body.count >= pattern.count else { return nil }
        var cursor = start
        let last = body.count - pattern.count
        while cursor <= last {
            guard let candidate = body[cursor...].firstIndex(of: first), candidate <= last else { return nil }
            if body[candidate..<(candidate + pattern.count)].elementsEqual(pattern) { return candidate }
            cursor = candidate + 1
        }
        return nil
    }
}
