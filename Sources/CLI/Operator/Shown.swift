import Commerce
import Foundation
import PaymentKit

/// How values are written for an operator.
enum Shown {
    /// `21/11/2026 14:35`, East Africa Time.
    static func time(_ at: Timestamp) -> String { "\(at.eastAfrica.date) \(at.eastAfrica.clock)" }

    /// For programs: RFC 3339 in UTC.
    static func json(_ at: Timestamp) -> String { at.rfc3339 }

    /// Lines up columns with two spaces between; the last column is as long as it likes.
    static func table(_ rows: [[String]]) -> String {
        var widths: [Int] = []
        for row in rows {
            for (place, cell) in row.enumerated() {
                if place == widths.count { widths.append(0) }
                widths[place] = max(widths[place], cell.count)
            }
        }
        return rows.map { row in
            row.enumerated().map { place, cell in
                place == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[place] - cell.count)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Progress and remarks, which are no result.
    static func remark(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
