import Commerce
import HTTPServer

extension FuzzTarget {
    /// The body of a form with files. Its boundary is the corpus's own.
    static let multipart = FuzzTarget("multipart") { bytes throws(Wrong) in
        let form: Form
        do { form = try Form(multipart: bytes, boundary: "duka") } catch { return }
        try require(form.fields.count <= Form.fieldLimit && form.files.count <= Form.fileLimit, "too many parts")
        for field in form.fields {
            try require(field.name.utf8.count <= Form.nameBytes, "a name of \(field.name.utf8.count) bytes")
            try require(field.value.utf8.count <= Form.valueBytes, "a text of \(field.value.utf8.count) bytes")
            try require(!field.value.utf8.contains(0), "a NUL")
        }
        for file in form.files {
            try require(file.bytes.count <= bytes.count, "a file longer than the body")
            try require(!file.name.contains("/") && !file.name.contains("\\"), "a file's name with a path")
        }
        // What was read, written again, reads the same.
        var written: [UInt8] = []
        for field in form.fields {
            written += part("name=\"\(quoted(field.name))\"") + Array(field.value.utf8) + Array("\r\n".utf8)
        }
        for file in form.files {
            written += part("name=\"\(quoted(file.field))\"; filename=\"\(quoted(file.name))\"")
            written += file.bytes + Array("\r\n".utf8)
        }
        written += Array("--duka--\r\n".utf8)
        guard !form.fields.isEmpty || !form.files.isEmpty else { return }
        do {
            let again = try Form(multipart: written, boundary: "duka")
            let isSame =
                again.fields.elementsEqual(form.fields) { $0.name == $1.name && $0.value == $1.value }
                && again.files.elementsEqual(form.files) {
                    $0.field == $1.field && $0.name == $1.name && $0.bytes == $1.bytes
                }
            try require(isSame, "parts change when they are written and read again")
        } catch let wrong as Wrong { throw wrong } catch { throw Wrong("its own writing does not read: \(error)") }
    }

    private static func part(_ values: String) -> [UInt8] {
        Array("--duka\r\nContent-Disposition: form-data; \(values)\r\n\r\n".utf8)
    }

    private static func quoted(_ text: String) -> String { text.replacing("\"", with: "%22") }

    /// A provider's message as the desk shows it: whatever it holds, nobody's number and no text is left of it.
    static let message = FuzzTarget("message") { bytes throws(Wrong) in
        let masked = MaskedMessage(bytes)
        try require(masked.text.utf8.count <= 3 * MaskedMessage.bytesShown, "it grows")
        let longest = masked.text.split { !$0.isASCII || !$0.isNumber }.filter { $0.contains { $0 != "0" } }
        try require(longest.allSatisfy { $0.count <= 6 }, "a number of \(longest.map(\.count).max() ?? 0) digits")
        // Of letters only names of fields are left, and JSON's own words; and each of those stood there.
        let original = Set(String(decoding: bytes, as: UTF8.self).split { !$0.isASCII || !($0.isLetter || $0 == "_") })
        for word in masked.text.split(whereSeparator: { !$0.isASCII || !($0.isLetter || $0 == "_") }) {
            let isShape = word.allSatisfy { $0 == "a" || $0 == "A" || $0 == "_" }
            try require(isShape || original.contains(word), "a word that was not there")
        }
    }
}
