import FoundationEssentials
import PaymentKit
import Testing

@testable import MPesa

@Suite struct ResultCodesTests {
    private static let declines = ResultCodes.table.compactMap { key, meaning -> (ResultCodes.Key, Decline)? in
        if case .declined(let decline) = meaning { (key, decline) } else { nil }
    }

    @Test("Every refusal has short words in English and Swahili, and none shows a code")
    func words() {
        #expect(Self.declines.count > 40)
        for (key, decline) in Self.declines {
            #expect(Set(decline.words.keys) == ["en", "sw"], "\(key)")
            for words in decline.words.values {
                #expect(words.count <= 110, "\(key): \(words)")
                #expect(words.hasSuffix("."))
                #expect(words.allSatisfy { !$0.isNumber }, "\(key): \(words)")
            }
        }
    }

    @Test("A wait and the advice to try later go together")
    func waits() {
        for (key, decline) in Self.declines where decline.waitSeconds > 0 {
            #expect(decline.retry == .sameMethodLater, "\(key)")
            #expect((30...120).contains(decline.waitSeconds))
        }
    }

    @Test(
        "The seconds to wait are those of the reference",
        arguments: [("17", 120), ("1001", 120), ("1025", 30), ("9999", 30), ("26", 60), ("1032", 0), ("1", 0)])
    func seconds(code: String, seconds: Int) {
        #expect(ResultCodes.fact(.query, code, detail: "")?.declineSeconds == seconds)
    }

    @Test("Success is in no table: only the code 0 itself is money")
    func noSuccess() {
        #expect(ResultCodes.fact(.callback, "0", detail: "") == nil)
        #expect(ResultCodes.fact(.query, "0", detail: "") == nil)
        for code in ["00", "0 ", "O", "7777", ""] { #expect(ResultCodes.fact(.query, code, detail: "") == nil) }
    }

    @Test("A callback and a query differ in the two ambiguous codes only")
    func ambiguous() {
        func codes(_ api: ResultCodes.API) -> Set<String> {
            Set(ResultCodes.table.keys.filter { $0.api == api }.map(\.code))
        }
        #expect(codes(.query).subtracting(codes(.callback)) == ["9999", "1036"])
        #expect(codes(.callback).subtracting(codes(.query)).isEmpty)
    }

    @Test("Every moment of four centuries comes back from its stamp")
    func stamps() {
        for day in stride(from: 0, to: 146_097, by: 1) {
            let moment = Date(timeIntervalSince1970: Double(day) * 86_400 + Double(day % 86_400))
            let stamp = EastAfricaTime.stamp(moment)
            #expect(stamp.utf8.count == 14 && EastAfricaTime.moment(stamp) == moment, "\(stamp)")
        }
    }
}

extension Fact {
    fileprivate var declineSeconds: Int? { if case .declined(let decline) = self { decline.waitSeconds } else { nil } }
}
