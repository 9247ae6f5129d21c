import FoundationEssentials

/// A file of separated values, as providers' portals, banks and spreadsheet programs write it.
public enum SeparatedText {
    /// One row, with the number of its first line in the file.
    public struct Row: Sendable {
        public var line: Int
        public var cells: [String]
    }

    /// Files of a year of a busy shop stay below.
    private static let bytesAllowed = 32 * 1_024 * 1_024

    /// The characters of a file: UTF-8 or UTF-16 where it says so, else UTF-8, else Latin-1.
    ///
    /// - Throws: ``PaymentError/invalidInput(_:field:)`` for what is not a text at all.
    public static func decode(_ file: Data) throws(PaymentError) -> String {
        guard file.count <= bytesAllowed else {
            throw .invalidInput("The file is larger than 32 MB: take a statement of a shorter time.")
        }
        let bytes = Array(file)
        if bytes.starts(with: Array("PK".utf8)) || bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
            throw .invalidInput("The file is an Excel workbook: open it and save it as CSV.")
        }
        if bytes.starts(with: Array("%PDF".utf8)) {
            throw .invalidInput("The file is a PDF: take the statement as CSV.")
        }
        if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2)) { $0 | $1 << 8 } }
        if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2)) { $0 << 8 | $1 } }
        guard !bytes.contains(0) else { throw .invalidInput("The file is not a text: take the statement as CSV.") }
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        let content = hasMark ? bytes.dropFirst(3) : bytes[...]
        if let text = String(validating: content, as: UTF8.self) { return text }
        return String(String.UnicodeScalarView(content.map { Unicode.Scalar($0) }))
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, _ unit: (UInt16, UInt16) -> UInt16) -> String {
        let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map {
            unit(UInt16(bytes[$0]), UInt16(bytes[$0 + 1]))
        }
        return String(decoding: units, as: UTF16.self)
    }

    /// The rows of a text, without blank ones; RFC 4180, with any of three line ends and any separator.
    ///
    /// - Returns: Also the line where a quoted cell begins that does not end: the file was cut off there.
    public static func rows(of text: String, separator: UInt8) -> (rows: [Row], cutAt: Int?) {
        var reader = Reader(separator: separator)
        for byte in text.utf8 { reader.take(byte) }
        let cutAt = reader.isQuoted ? reader.row.line : nil
        reader.endRow()
        return (reader.rows, cutAt)
    }

    private struct Reader {
        let separator: UInt8
        var rows: [Row] = []
        var row = Row(line: 1, cells: [])
        private(set) var isQuoted = false
        private var cell: [UInt8] = []
        private var line = 1
        private var last: UInt8 = 0
        /// The cell began with a quote, which has been closed since.
        private var wasQuoted = false

        init(separator: UInt8) { self.separator = separator }

        mutating func take(_ byte: UInt8) {
            defer { last = byte }
            let isNewline = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            if isNewline, !(byte == UInt8(ascii: "\n") && last == UInt8(ascii: "\r")) { line += 1 }
            switch byte {
            case UInt8(ascii: "\""):
                if isQuoted {
                    isQuoted = false
                    wasQuoted = true
                } else if wasQuoted, last == byte {
                    // A doubled quote inside a quoted cell.
                    cell.append(byte)
                    isQuoted = true
                } else if cell.allSatisfy({ $0 == UInt8(ascii: " ") }), !wasQuoted {
                    cell = []
                    isQuoted = true
                } else {
                    cell.append(byte)
                }
            case _ where isQuoted: cell.append(byte)
            case separator: endCell()
            case UInt8(ascii: "\n") where last == UInt8(ascii: "\r"): row.line = line
            case _ where isNewline: endRow()
            default: cell.append(byte)
            }
        }

        mutating func endCell() {
            row.cells.append(String(decoding: cell, as: UTF8.self).trimmed)
            cell = []
            wasQuoted = false
        }

        mutating func endRow() {
            endCell()
            if row.cells.contains(where: { !$0.isEmpty }) { rows.append(row) }
            row = Row(line: line, cells: [])
        }
    }
}

extension String {
    /// Without white space at its ends, the no-break space of spreadsheets included.
    fileprivate var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
