/// A line of a file for spreadsheets; RFC 4180.
struct CSVLine {
    /// Without it spreadsheets do not read UTF-8.
    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    let bytes: [UInt8]

    init(_ cells: [String]) {
        bytes = Array((cells.map(Self.cell).joined(separator: ",") + "\r\n").utf8)
    }

    /// A cell that a spreadsheet would take for a formula gets an apostrophe in front, and nothing is computed that a
    /// customer typed: https://owasp.org/www-community/attacks/CSV_Injection.
    private static func cell(_ text: String) -> String {
        let startsFormula = text.unicodeScalars.first.map { "=+-@\t\r\n＝＋－＠".unicodeScalars.contains($0) } ?? false
        let safe = startsFormula ? "'" + text : text
        let needsQuotes = safe.unicodeScalars.contains { ",;\"\r\n\t".unicodeScalars.contains($0) }
        return needsQuotes ? "\"" + safe.replacing("\"", with: "\"\"") + "\"" : safe
    }
}
