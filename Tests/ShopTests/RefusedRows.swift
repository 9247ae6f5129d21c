import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import Storage
import Testing

/// Statements of which rows do not read, and what they charge.
@Suite struct RefusedRows {
    private static let header =
        "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance,Reason Type,"
        + "Other Party Info,Linked Transaction ID,A/C No."

    private static func file(_ rows: [String]) -> [UInt8] {
        Array(([header] + rows).map { $0 + "\r\n" }.joined().utf8)
    }

    private static func row(
        _ receipt: String, _ at: Timestamp, paidIn: String = "", withdrawn: String = "", reason: String = "Pay Bill"
    ) -> String {
        let at = at.eastAfrica
        return "\(receipt),\(at.isoDate) \(at.clockWithSeconds),,Completed,\(paidIn),\(withdrawn),,\(reason),,,"
    }

    private static func read(_ file: [UInt8], _ shop: TestShop) async throws -> Comparison {
        let id = try await shop.shop.takeStatement(file, called: "october.csv", of: "mpesa", by: "amina")
        try await shop.eventually("it is read") { try await shop.shop.comparison(id)?.state.isOpen == false }
        return try #require(try await shop.shop.comparison(id))
    }

    @Test(
        "Every row that does not read is listed with its line and why, and can be taken out",
        arguments: TestDatabase.engines)
    func listed(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let at = shop.clock.now.adding(seconds: -3_600)
            let comparison = try await Self.read(
                Self.file([
                    Self.row("UKA1AAAAAA", at, paidIn: "300.00"), Self.row("UKB2BBBBBB", at, paidIn: "three hundred"),
                    Self.row("UKC3CCCCCC", at, paidIn: "10.00"), Self.row("0712345678", at, paidIn: "=1+1"),
                    Self.row("UKD4DDDDDD", at),
                ]), shop)
            #expect(comparison.state == .failed && comparison.report == nil)
            #expect(comparison.refused.map(\.line) == [3, 5, 6])
            #expect(comparison.problem == "Line 3: Paid In is not an amount such as 1,250.00.")
            #expect(try await shop.database.read { try $0.unmatchedMoney(atMost: 9).isEmpty }, "nothing is counted")

            let viewer = try await TestStaff.join(shop, "vero", as: .viewer)
            let list = try await viewer.page("/admin/statements")
            #expect(list.contains("All 3 rows that do not read"))
            let page = try await viewer.page("/admin/reconcile/\(comparison.id.text)")
            #expect(page.contains("<th scope=\"row\">5</th>") && !page.contains("0712345678"))
            let answer = try await viewer.get("/admin/reconcile/\(comparison.id.text)/refused.csv")
            #expect(answer.header("content-type")?.hasPrefix("text/csv") == true)
            let lines = String(decoding: answer.body.dropFirst(3), as: UTF8.self).components(separatedBy: "\r\n")
            #expect(lines.first == "line,reason" && lines.count == 5)
            #expect(lines[1].hasPrefix("3,"), "\(lines)")
        }
    }

    @Test(
        "What a statement charges agrees for each payment, for each day and in its sum, however often it is read",
        arguments: TestDatabase.engines)
    func charges(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let at = shop.clock.now.adding(seconds: -3 * 86_400)
            let amounts: [(String, Timestamp, Int64)] = [
                ("UKA1AAAAAA", at, 5), ("UKB2BBBBBB", at.adding(seconds: 60), 7),
                ("UKC3CCCCCC", at.adding(seconds: 86_400), 11),
            ]
            let rows = amounts.flatMap { receipt, at, charge in
                [
                    Self.row(receipt, at, paidIn: "300.00"),
                    Self.row(receipt, at, withdrawn: "\(charge).00", reason: "Pay Bill Charge"),
                ]
            }
            for _ in 0..<2 {
                let comparison = try await Self.read(Self.file(rows), shop)
                let report = try #require(comparison.report, "\(comparison.problem ?? "")")
                let byDay = try await shop.shop.chargesByDay(days: 30)
                let byPayment = try await shop.database.read { reading in
                    try amounts.map { try reading.charge(for: $0.0, instance: "mpesa")?.whole ?? 0 }
                }
                #expect(byPayment == amounts.map(\.2))
                #expect(byDay.map(\.sum).reduce(Money(minor: 0, .kes), +) == report.charged)
                #expect(report.charged == Money(whole: 23, .kes))
                #expect(Set(byDay.map(\.sum)) == [Money(whole: 12, .kes), Money(whole: 11, .kes)])
            }
        }
    }
}
