import Checkout
import Commerce
import Foundation
import HTTPClient
import Testing

/// A member of staff with a browser of their own.
package final class TestStaff: Sendable {
    package static let password = "three brown goats"
    package let name: String
    private let shop: TestShop
    package let cookie: String

    package init(_ name: String, _ shop: TestShop, cookie: String) {
        self.name = name
        self.shop = shop
        self.cookie = cookie
    }

    /// Somebody new, invited and signed in.
    package static func join(_ shop: TestShop, _ name: String, as role: StaffRole) async throws -> TestStaff {
        let link = try await shop.shop.invite(name, as: role, by: "test")
        let secret = try await shop.shop.accept(
            link, password: password, from: StaffPlace(network: "192.0.2.1", browser: "Test"))
        return TestStaff(name, shop, cookie: "duka_staff=\(secret)")
    }

    /// Signs in over the wire.
    ///
    /// - Returns: Nil when that is refused.
    package static func signIn(
        _ shop: TestShop, _ name: String, password: String = password
    ) async throws -> (staff: TestStaff?, answer: OutboundResponse) {
        let token = try TestShop.field("form_token", in: try await shop.page("/admin/sign-in"))
        let answer = try await shop.send(
            "POST", "/admin/sign-in", form: [("form_token", token), ("name", name), ("password", password)])
        let cookie = answer.header("set-cookie").map { String($0.prefix { $0 != ";" }) }
        return (cookie.map { TestStaff(name, shop, cookie: $0) }, answer)
    }

    package func get(_ path: String) async throws -> OutboundResponse {
        try await shop.send("GET", path, headers: [("Cookie", cookie)])
    }

    package func page(_ path: String) async throws -> String {
        String(decoding: try await get(path).body, as: UTF8.self)
    }

    /// Sends a form as it is.
    package func post(
        _ path: String, _ fields: [(String, String)], headers: [(name: String, value: String)] = []
    ) async throws -> OutboundResponse {
        try await shop.send("POST", path, form: fields, headers: [("Cookie", cookie)] + headers)
    }

    /// Fills a form of `page` and sends it, with what is hidden in it.
    package func press(
        _ path: String, on page: String, _ fields: [(String, String)] = []
    ) async throws -> OutboundResponse {
        try await post(path, try await hidden(on: page) + fields)
    }

    private func hidden(on page: String) async throws -> [(String, String)] {
        let shown = try await self.page(page)
        var hidden = [("form_token", try TestShop.field("form_token", in: shown)), ("back", page)]
        for name in ["seen", "version"] where shown.contains("name=\"\(name)\"") {
            hidden.append((name, try TestShop.field(name, in: shown)))
        }
        return hidden
    }

    /// The same with a form that brings a file.
    package func upload(
        _ file: [UInt8], called name: String, as field: String = "file", to path: String, on page: String? = nil,
        _ fields: [(String, String)] = []
    ) async throws -> OutboundResponse {
        let parts = TestShop.parts(
            try await hidden(on: page ?? path) + fields, file: (field: field, name: name, bytes: file))
        return try await shop.send("POST", path, parts: parts, headers: [("Cookie", cookie)])
    }

    /// The page to which an answer leads.
    package func follow(_ answer: OutboundResponse) async throws -> String {
        try await page(try #require(answer.header("location")))
    }
}
