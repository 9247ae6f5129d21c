import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import PaymentKit
import Storage
import Testing

/// An order that is paid at the door, the desk that gave it to a rider, and the rider's link.
struct DoorShop {
    static let phone = "254712345678"
    let shop: TestShop
    /// The path of the customer's page, and of the rider's.
    let customer: String
    var rider: String
    let number: OrderNumber
    let amina: TestStaff

    var desk: String { "/admin/orders/\(number.text)" }

    static func open(
        _ engine: SQLDatabase.Engine, _ options: TestShop.Options = TestShop.Options(),
        _ body: (DoorShop) async throws -> Void
    ) async throws {
        try await OfflineShop.open(engine, options) { shop in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            try await body(try await order(in: shop, of: amina))
        }
    }

    /// Orders a mug for cash, and has the desk give it to Brian.
    static func order(in shop: TestShop, of amina: TestStaff) async throws -> DoorShop {
        let path = try await OfflineShop.order(shop, by: "cash")
        let number = try await shop.order(path).number
        var door = DoorShop(shop: shop, customer: path, rider: "", number: number, amina: amina)
        door.rider = try await door.give(to: "Brian Otieno")
        return door
    }

    /// Presses a button of the desk and returns the page to which it leads.
    func press(_ what: String, _ fields: [(String, String)] = []) async throws -> String {
        try await amina.follow(try await amina.press("\(desk)/\(what)", on: desk, [("form", what)] + fields))
    }

    /// - Returns: The path of the new link, as the desk shows it.
    func give(to name: String) async throws -> String {
        let page = try await press("rider", [("rider", name)])
        let start = try #require(page.range(of: "href=\"\(shop.address)/rider/"))
        return "/rider/" + page[start.upperBound...].prefix { $0 != "\"" }
    }

    func file() async throws -> OrderFile { try #require(try await shop.shop.orderFile(number)) }

    /// The kinds of what happened to the order.
    func history() async throws -> [String] { try await file().history.map(\.event.kind) }

    /// The hidden fields of one form of the rider's page.
    func fields(_ form: String) async throws -> [(String, String)] {
        let page = try await shop.page(rider)
        let start = try #require(page.range(of: "action=\"\(rider)/\(form)\""), "the page has no form \(form)")
        let shown = String(page[start.upperBound...].prefix { $0 != "\u{0}" })
        var fields = [("form_token", try TestShop.field("form_token", in: shown))]
        if form == "cash" { fields.append(("left", try TestShop.field("left", in: shown))) }
        return fields
    }

    /// Sends a form of the rider's page and returns the page to which it leads.
    @discardableResult
    func send(_ form: String, _ typed: [(String, String)] = []) async throws -> String {
        let answer = try await shop.send("POST", "\(rider)/\(form)", form: try await fields(form) + typed)
        #expect(answer.status == 303)
        return try await shop.page(try #require(answer.header("location")))
    }

    /// The code as the customer's page shows it.
    func code() async throws -> String {
        let page = try await shop.page(customer)
        let start = try #require(
            page.range(of: "Your code for the rider</dt><dd><b class=\"code\" aria-hidden=\"true\">"))
        return String(page[start.upperBound...].prefix { $0 != "<" })
    }

    /// A code that is not the customer's.
    static func wrong(_ code: String) -> String {
        String(code.map { $0 == "9" ? "0" : Character("\(Int("\($0)")! + 1)") })
    }
}
