import Foundation
import PaymentKit
import Testing

struct PhoneVector: Codable, Sendable, CustomTestStringConvertible {
    var input: String
    var canonical: String?
    var reason: String
    var testDescription: String { reason }

    static let all: [PhoneVector] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/phone-vectors.json")
        guard let data = try? Data(contentsOf: file),
            let list = try? JSONDecoder().decode([PhoneVector].self, from: data)
        else { preconditionFailure("phone-vectors.json is missing or does not read.") }
        return list
    }()
}

@Suite struct PhoneNumberTests {
    @Test("There are 226 vectors, 117 of them accepted")
    func vectorsAreComplete() {
        #expect(PhoneVector.all.count == 226)
        #expect(PhoneVector.all.count { $0.canonical != nil } == 117)
    }

    @Test("Each spelling is read as the vectors say", arguments: PhoneVector.all)
    func reads(_ vector: PhoneVector) {
        let digits = try? PhoneNumber(vector.input).digits
        #expect(digits == vector.canonical, "\(vector.reason)")
    }

    @Test("A number shows only its mask in any text made of it")
    func printsMasked() throws {
        let phone = try PhoneNumber("0712345678")
        for text in [
            "\(phone)", String(describing: phone), String(reflecting: phone), "\([phone])", "\(Optional(phone) as Any)",
        ] {
            #expect(!text.contains("712345678"), "\(text)")
        }
        #expect(phone.masked == "2547*****678")
        #expect(phone.local == "0712 345 678")
    }

    @Test(
        "The reason of a refusal fits what was typed",
        arguments: [
            ("", PhoneNumber.Problem.empty), ("   ", .empty), ("07123", .tooShort), ("071234567890", .tooLong),
            ("+255712345678", .otherCountry), ("0712 34S 678", .strangeCharacter), ("0812345678", .notAMobileNumber),
        ])
    func problems(_ typed: String, _ problem: PhoneNumber.Problem) {
        #expect(throws: problem) { try PhoneNumber(typed) }
    }

    @Test("Another network's prefix is a hint and Safaricom's is none")
    func networks() throws {
        #expect(try PhoneNumber("0733000001").network == "Airtel")
        #expect(try PhoneNumber("0100000001").network == "Airtel")
        #expect(try PhoneNumber("0780000001").network == "Airtel")
        #expect(try PhoneNumber("0712000001").network == "Safaricom")
        #expect(try PhoneNumber("0110000001").network == "Safaricom")
        #expect(try PhoneNumber("0747000001").network == "Faiba")
        #expect(try PhoneNumber("0749000001").network == nil)
    }
}
