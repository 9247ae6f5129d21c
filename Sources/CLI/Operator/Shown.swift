import Commerce
import Foundation
import PaymentKit

/// How values are written for an operator.
enum Shown {
    /// `21/11/2026 14:35`, East Africa Time.
    static func time(_ at: Timestamp) -> String { "\(at.eastAfrica.date) \(at.eastAfrica.clock)" }

    /// For programs: RFC 3339 in UTC.
    static func json(_ at: Timestamp) -> String { at.rfc3339 }

    /// `3 min`, `5 h`, `2 days`.
    static func age(_ from: Timestamp, at now: Timestamp) -> String {
        let seconds = max(0, now.seconds(since: from))
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3_600: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3_600) h"
        default: return "\(seconds / 86_400) days"
        }
    }

    /// `0712 ••• 678`, or all of it.
    static func phone(_ phone: PhoneNumber, inFull: Bool) -> String {
        guard !inFull else { return phone.local }
        let parts = phone.local.split(separator: " ")
        return parts.count == 3 ? "\(parts[0]) ••• \(parts[2])" : phone.masked
    }

    /// `Asha W.`, or all of it.
    static func name(_ name: String, inFull: Bool) -> String {
        guard !inFull else { return name }
        let words = name.split(separator: " ")
        guard let first = words.first, words.count > 1, let last = words.last?.first else { return name }
        return "\(first) \(last)."
    }

    static func payer(_ payer: Payer?, inFull: Bool) -> String {
        switch payer?.form {
        case .number(let number): phone(number, inFull: inFull)
        case .mask(let leading, let trailing): "\(leading)•••\(trailing)"
        case .hash: "a hidden number"
        case .unreadable, nil: "not told"
        }
    }

    /// What a payer typed, with anything that looks like a telephone number hidden.
    static func typed(_ text: String, inFull: Bool) -> String {
        guard !inFull else { return text }
        let digits = text.filter(\.isNumber)
        guard digits.count >= 9 else { return text }
        return String(text.prefix(4)) + "•••" + String(text.suffix(3))
    }

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
