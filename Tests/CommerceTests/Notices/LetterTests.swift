@testable import Commerce
import Foundation
import Testing

@Suite("Letters and short texts")
struct LetterTests {
    private static let at = Timestamp(milliseconds: 1_795_260_920_000)  // 21 November 2026, 14:35:20 in Nairobi.

    private static func letter(subject: String = "Your order", sender: String = "Mama Njeri", text: String = "Hi\n")
        throws -> [String]
    {
        let letter = Letter(
            from: try #require(MailAddress("shop@njeri.co.ke")), sender: sender,
            to: try #require(MailAddress("asha@example.com")), subject: subject, text: text, language: .swahili,
            id: "abc", writtenAt: at)
        return String(decoding: letter.message, as: UTF8.self).components(separatedBy: "\r\n")
    }

    @Test("A letter has what mailboxes look for, the same each time it is sent")
    func headers() throws {
        let lines = try Self.letter()
        for line in [
            "Date: Sat, 21 Nov 2026 14:35:20 +0300", "From: Mama Njeri", " <shop@njeri.co.ke>",
            "To: <asha@example.com>",
            "Subject: Your order", "Message-ID: <abc@njeri.co.ke>", "Auto-Submitted: auto-generated",
            "Content-Type: text/plain; charset=utf-8", "Content-Language: sw",
        ] { #expect(lines.contains(line), "\(line) is not in \(lines)") }
        #expect(try Self.letter() == lines)
    }

    @Test(
        "Nothing typed becomes a header of its own, and every line fits",
        arguments: [
            "Hi\r\nBcc: all@example.com", "Hi\nBcc: all@example.com", "a\u{2028}Bcc: x", "a\u{0}\u{1B}b",
            "Habari za asubuhi – “Kiondo” ĩ ũ 🧺", String(repeating: "mbuzi 🐐 ", count: 60), "=?UTF-8?B?eA==?=", "",
        ])
    func injection(_ text: String) throws {
        let lines = try Self.letter(subject: text, sender: text, text: text)
        let end = try #require(lines.firstIndex(of: ""))
        #expect(!lines[..<end].contains { $0.lowercased().hasPrefix("bcc") })
        #expect(lines.allSatisfy { $0.utf8.count <= 76 }, "\(lines)")
        #expect(lines.allSatisfy { $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
        // What stands there reads as what was meant, with blanks for what breaks lines.
        var subject = ""
        if let start = lines.firstIndex(where: { $0.hasPrefix("Subject: ") }) {
            var parts = [String(lines[start].dropFirst(9))]
            for line in lines[(start + 1)...] {
                guard line.hasPrefix(" ") else { break }
                parts.append(String(line.dropFirst()))
            }
            for part in parts {
                guard part.hasPrefix("=?UTF-8?B?") else {
                    subject += part
                    continue
                }
                let data = try #require(Data(base64Encoded: String(part.dropFirst(10).dropLast(2))))
                subject += String(decoding: data, as: UTF8.self)
            }
        }
        let clean = String(
            text.map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 32 } ? " " : $0 })
        #expect(subject == clean)
    }

    @Test("The body reads as it was written, with the line ends of the wire")
    func body() throws {
        let lines = try Self.letter(text: "Habari Wanjirũ,\n\nsawa\n")
        let end = try #require(lines.firstIndex(of: ""))
        let data = try #require(Data(base64Encoded: lines[(end + 1)...].joined()))
        #expect(String(decoding: data, as: UTF8.self) == "Habari Wanjirũ,\r\n\r\nsawa\r\n")
    }

    @Test(
        "An address that could be something else is none",
        arguments: [
            "", "asha", "asha@", "@example.com", "asha@example", "a b@example.com",
            "asha@example.com\r\nRCPT TO:<x@y.z>",
            "asha@exam ple.com", "\"a\"@example.com", "asha@[127.0.0.1]", "asha@example..com", "asha@-example.com",
            "asha,b@example.com", "<asha@example.com>", "asha@exämple.com", ".a@example.com", "a..b@example.com",
        ])
    func badAddresses(_ text: String) { #expect(MailAddress(text) == nil) }

    @Test(
        "Ordinary addresses are addresses, and do not print",
        arguments: ["asha@example.com", "asha.w+duka@mail.example.co.ke", "o'neil@example.com", "a_b-c@x-y.org"])
    func goodAddresses(_ text: String) throws {
        let address = try #require(MailAddress(text))
        #expect(address.text == text)
        #expect(!"\(address)".contains(text) && !String(reflecting: address).contains(text))
    }

    @Test("A short text is one message of characters that every phone has, and its link is whole")
    func shortTexts() {
        let link = "https://duka.mamanjeri.co.ke/orders/ABCDEFGHIJKLMNOPQRSTUV"
        for shop in ["Mama Njeri", "Wanjirũ’s “Kiondo” 🧺 & Sons of the Great Market", ""] {
            for sentence in ["Paid.", String(repeating: "word ", count: 60), "Bei – “sawa”…"] {
                let text = ShortText(shop: shop, sentence: sentence, link: link).text
                #expect(ShortText.length(text) <= 160, "\(text)")
                #expect(ShortText.fits(text), "\(text)")
                #expect(text.hasSuffix(link))
            }
        }
        #expect(ShortText(shop: "Njeri", sentence: "Paid.", link: nil).text == "Njeri: Paid.")
        #expect(ShortText(shop: "Wanjirũ", sentence: "“a”", link: "x").text == "Wanjiru: \"a\" x")
        #expect(ShortText.length("€") == 2 && ShortText.length("e") == 1)
    }

    private static func nairobi(_ hour: Int, _ minute: Int = 0) -> Timestamp {
        Timestamp(eastAfricaYear: 2026, month: 11, day: 21).adding(seconds: hour * 3_600 + minute * 60)
    }

    @Test("Quiet hours end in the morning, whichever side of midnight it is, and have an edge")
    func quietHours() throws {
        let hours = try #require(QuietHours("21-7"))
        #expect(hours.end(at: Self.nairobi(20, 59)) == nil)
        #expect(hours.end(at: Self.nairobi(21)) == Self.nairobi(31))
        #expect(hours.end(at: Self.nairobi(2)) == Self.nairobi(7))
        #expect(hours.end(at: Self.nairobi(6, 59)) == Self.nairobi(7))
        #expect(hours.end(at: Self.nairobi(7)) == nil)
        let noon = try #require(QuietHours("12-14"))
        #expect(noon.end(at: Self.nairobi(13)) == Self.nairobi(14) && noon.end(at: Self.nairobi(14)) == nil)
        for wrong in ["", "21", "21-", "21-21", "24-7", "-1-7", "a-b", "1-2-3"] { #expect(QuietHours(wrong) == nil) }
    }
}
