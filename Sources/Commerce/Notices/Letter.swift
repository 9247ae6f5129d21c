import FoundationEssentials

/// An address that a letter can be sent to: plain ASCII, so that nothing in it can become a header or a command.
package struct MailAddress: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// As it is written between `<` and `>`.
    package let text: String

    /// Nil unless the text is one local part and one dotted name of RFC 5321, unquoted.
    package init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count), text.utf8.count <= 254,
            parts[0].utf8.allSatisfy(Self.isAtom), !parts[0].hasPrefix("."), !parts[0].hasSuffix("."),
            !parts[0].contains("..")
        else { return nil }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy(Self.isLabel) else { return nil }
        self.text = text
    }

    /// What stands after the `@`.
    package var domain: String { String(text.drop { $0 != "@" }.dropFirst()) }

    package var description: String { "•••@\(domain)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static func isAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case let byte: ".!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D
            }
    }
}

/// A letter of plain text.
package struct Letter: Sendable {
    package var from, to: MailAddress
    /// The sender's name as people read it.
    package var sender: String
    package var subject, text: String
    package var language: Language
    /// The same whenever the same letter is sent, so that mailboxes can join doubles; without `<`, `@` and `>`.
    package var id: String
    package var writtenAt: Timestamp

    package init(
        from: MailAddress, sender: String, to: MailAddress, subject: String, text: String, language: Language,
        id: String, writtenAt: Timestamp
    ) {
        self.from = from
        self.sender = sender
        self.to = to
        self.subject = subject
        self.text = text
        self.language = language
        self.id = id
        self.writtenAt = writtenAt
    }

    /// The message as it goes over the wire: RFC 5322 with MIME; the body as base64 of UTF-8, so that no server need
    /// understand more than ASCII and no line is too long.
    package var message: [UInt8] {
        let lines = [
            "Date: \(Self.date(writtenAt))",
            "From: \(Self.encoded(sender, column: 6))\r\n <\(from.text)>",
            "To: <\(to.text)>",
            "Subject: \(Self.encoded(subject, column: 9))",
            "Message-ID: <\(id)@\(from.domain)>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Language: \(language.rawValue)",
            "Content-Transfer-Encoding: base64",
        ]
        // Lines of text end with CR LF before they are encoded; RFC 2045, section 6.8.
        let text = text.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n")
        let digits = Array(Data(text.utf8).base64EncodedString().utf8)
        var bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        for start in stride(from: 0, to: digits.count, by: 76) {
            bytes += digits[start..<min(start + 76, digits.count)] + [0x0D, 0x0A]
        }
        return bytes
    }

    /// A header's words: what is not plain ASCII as encoded words of RFC 2047, each within its line's 76 columns, and
    /// never with a line break of its own.
    static func encoded(_ text: String, column: Int) -> String {
        let clean = String(text.map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 32 } ? " " : $0 })
        let isPlain = clean.utf8.allSatisfy { byte in
            byte == 0x20 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || byte == 0x2D
        }
        if isPlain, clean.utf8.count <= 60 { return clean }
        var words: [String] = []
        var part = ""
        // 45 bytes make 60 digits; with `=?UTF-8?B?` and `?=` that is 72 columns.
        var room = 45 - column
        for character in clean {
            if part.utf8.count + String(character).utf8.count > room {
                words.append(part)
                part = ""
                room = 45
            }
            part.append(character)
        }
        words.append(part)
        return words.filter { !$0.isEmpty }.map { "=?UTF-8?B?\(Data($0.utf8).base64EncodedString())?=" }
            .joined(separator: "\r\n ")
    }

    /// `Sat, 21 Nov 2026 14:35:20 +0300`
    static func date(_ moment: Timestamp) -> String {
        let time = moment.eastAfrica
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = moment.startOfDay.adding(seconds: 3 * 3_600).milliseconds / 86_400_000
        return "\(days[Int((day % 7 + 7) % 7)]), \(time.day) \(months[time.month - 1]) \(time.year) "
            + "\(time.clockWithSeconds) +0300"
    }
}
