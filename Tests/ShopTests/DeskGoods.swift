import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import Storage
import Testing

/// What the owner sells.
@Suite struct DeskGoods {
    private static let filled = [
        ("name_en", "Kiondo, large"), ("name_sw", "Kiondo kikubwa"), ("about_en", "Woven by hand"),
        ("price", "1,250"),
        ("vat", "1600"), ("stock", "3"), ("stock_shown", "0"), ("position", "1"), ("form", "goods"),
    ]

    @Test(
        "A product is added, sold, changed and hidden, and what was sold meanwhile stays sold",
        arguments: TestDatabase.engines)
    func product(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let answer = try await amina.press("/admin/goods/new", on: "/admin/goods/new", Self.filled)
            #expect(answer.header("location")?.hasPrefix("/admin/goods/kiondo-large?") == true)
            let added = try #require(try await shop.shop.shelfItem("kiondo-large"))
            #expect(added.product.price.minor == 125_000 && added.product.stock == 3)
            #expect(try await shop.page("/products/kiondo-large").contains("KSh 1,250"))

            // The page is open while somebody buys one.
            let page = try await amina.page("/admin/goods/kiondo-large")
            let fields = [
                ("form_token", try TestShop.field("form_token", in: page)), ("back", "/admin/goods/kiondo-large"),
                ("version", try TestShop.field("version", in: page)),
            ]
            shop.daraja.choose(try shop.story("success"))
            let order = try await shop.buy(cart: "kiondo-large:1")
            try await shop.status(order) { $0.state == "paid" }
            var changed = Self.filled.filter { !["price", "stock", "stock_shown"].contains($0.0) }
            changed += [("price", "1300"), ("stock", "5"), ("stock_shown", "3")]
            _ = try await amina.post("/admin/goods/kiondo-large", fields + changed)
            let item = try #require(try await shop.shop.shelfItem("kiondo-large"))
            #expect(item.product.stock == 4, "two more came, one was sold")
            #expect(item.product.price.minor == 130_000)
            #expect(try await shop.order(order).total.minor == 125_000)

            // The other one had it open as well.
            let late = try await amina.follow(
                try await amina.post(
                    "/admin/goods/kiondo-large",
                    [("form_token", try TestShop.field("form_token", in: try await amina.page("/admin/goods/mug")))]
                        + fields.dropFirst() + changed))
            #expect(late.contains("Somebody changed it"))
            #expect(late.contains("value=\"1300\""), "what was typed stays")

            _ = try await amina.press(
                "/admin/goods/kiondo-large", on: "/admin/goods/kiondo-large", changed + [("hidden", "1")])
            #expect(try await shop.send("GET", "/products/kiondo-large").status == 404)
            #expect(try await !shop.page("/").contains("Kiondo"))
            #expect(try await amina.page("/admin/goods").contains("Kiondo, large"))
        }
    }

    @Test(
        "Goods go out as a file and come back: each line for itself, and what was sold meanwhile stays sold",
        arguments: TestDatabase.engines)
    func sheet(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let file = try await amina.get("/admin/goods.csv")
            let text = String(decoding: file.body.dropFirst(3), as: UTF8.self)
            #expect(text.hasPrefix("address,name_en,") && text.contains("\r\nmug,Mug,mug,A mug,mug,250.00,16,50,50,"))

            shop.daraja.choose(try shop.story("success"))
            let order = try await shop.buy(cart: "mug:2")
            try await shop.status(order) { $0.state == "paid" }
            let changed =
                text.replacing("250.00,16,50,50", with: "300,16,55,50")
                + ",\"=Kiondo, \"\"large\"\"\",,,,1 250,8,3,,7,\r\n,Bad,,,,free,16,1,,,\r\n"
                + "gone,Gone,,,,5,16,1,,,\r\n"
            let answer = try await amina.upload(
                Array(changed.utf8), called: "goods.csv", as: "sheet", to: "/admin/goods.csv", on: "/admin/goods",
                [("form", "sheet")])
            let page = try await amina.follow(answer)
            #expect(page.contains("1 added, 1 changed, 1 as they were, 2 not taken"))
            #expect(page.contains("Bad: Type a price") && page.contains("Gone: "))
            let mug = try #require(try await shop.shop.shelfItem("mug"))
            #expect(mug.product.stock == 53, "five more came, two were sold")
            #expect(mug.product.price.minor == 30_000)
            let twice = try await amina.follow(
                amina.upload(
                    Array(changed.utf8), called: "goods.csv", as: "sheet", to: "/admin/goods.csv", on: "/admin/goods",
                    [("form", "sheet")]))
            #expect(twice.contains("0 added, 0 changed, 1 as they were, 4 not taken"))
            #expect(try await shop.shop.shelfItem("mug")?.product.stock == 53, "the same file adds nothing again")
            let huge = "address,name_en,price,stock,stock_then,version\nmug,Mug,300,0,-9223372036854775808,3\n"
            let refused = try await amina.follow(
                amina.upload(
                    Array(huge.utf8), called: "goods.csv", as: "sheet", to: "/admin/goods.csv", on: "/admin/goods",
                    [("form", "sheet")]))
            #expect(refused.contains("1 not taken"))
            let kiondo = try #require(try await shop.shop.shelfItem("kiondo-large"))
            #expect(kiondo.product.name.english == "=Kiondo, \"large\"" && kiondo.product.vat.basisPoints == 800)
            let again = String(decoding: try await amina.get("/admin/goods.csv").body, as: UTF8.self)
            #expect(again.contains("\"'=Kiondo, \"\"large\"\"\""), "no spreadsheet computes it")
        }
    }

    /// One pixel.
    private static let png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

    @Test(
        "A photo is made anew, shown for ever under its name, and gone when it is taken away",
        arguments: TestDatabase.engines)
    func photo(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let page = "/admin/goods/mug"
            func upload(_ bytes: [UInt8]) async throws -> String {
                try await amina.follow(
                    amina.upload(
                        bytes, called: "mug.png", as: "photo", to: "\(page)/photo", on: page, [("form", "photo")]))
            }
            #expect(try await upload([]).contains("Choose a photo"))
            #expect(try await upload(Array("<svg onload=alert(1)>".utf8)).contains("That is no photo"))
            #expect(try await upload([0xFF, 0xD8, 0xFF] + Array("and nothing else".utf8)).contains("That is no photo"))
            #expect(try await shop.shop.shelfItem("mug")?.product.photo == "kiondo.svg")

            let bytes = Array(try #require(Data(base64Encoded: Self.png)))
            #expect(try await upload(bytes).contains("The photo is shown"))
            let shown = try await shop.page("/products/mug")
            let start = try #require(shown.range(of: "/photos/"))
            let address = String(shown[start.lowerBound...].prefix { $0 != "\"" })
            let photo = try await shop.send("GET", address)
            #expect(photo.status == 200 && photo.body.starts(with: [0xFF, 0xD8, 0xFF]))
            #expect(photo.header("cache-control")?.contains("immutable") == true)
            #expect(photo.header("content-type") == "image/jpeg")

            _ = try await amina.press("\(page)/photo", on: page, [("do", "remove")])
            #expect(try await shop.shop.shelfItem("mug")?.product.photo == "none.svg")
            #expect(try await shop.shop.photo(String(address.dropFirst("/photos/".count))) == nil)
            #expect(try await shop.send("GET", "/photos/nothing.jpg").status == 404)
        }
    }

    @Test(
        "A file that is none is told about, and nothing is changed",
        arguments: [
            ("", "Choose a file"), ("\u{FFFD}", "are missing"), ("name_en,price\nA,1", "stock"),
            ("name_en,price,stock\n", "no goods in it"),
            ("name_en,price,stock\n" + String(repeating: "a,1,1\n", count: 1_001), "more than 1000 lines"),
        ])
    func noSheet(_ text: String, _ told: String) async throws {
        try await TestShop.open(.sqlite) { shop in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let answer = try await amina.upload(
                Array(text.utf8), called: "goods.csv", as: "sheet", to: "/admin/goods.csv", on: "/admin/goods",
                [("form", "sheet")])
            #expect(try await amina.follow(answer).contains(told))
            #expect(try await shop.shop.shelf().count == 2)
        }
    }

    @Test(
        "A wrong field is told beside it, and nothing is lost",
        arguments: [
            ("name_en", "", "Give it a name"), ("price", "free", "Type a price"), ("price", "0", "Type a price"),
            ("price", "12.50", "Type a price"),
            ("price", "-5", "Type a price"), ("price", "250001", "Type a price"), ("stock", "1.5", "whole number"),
            ("stock", "-1", "whole number"), ("position", "first", "whole number"),
            ("name_en", String(repeating: "x", count: 101), "at most 100"), ("name_en", "Mug", "has that name already"),
        ])
    func wrong(_ field: String, _ value: String, _ sentence: String) async throws {
        try await TestShop.open(.sqlite) { shop in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let form = Self.filled.map { $0.0 == field ? (field, value) : $0 }
            let seen = try await amina.follow(
                try await amina.press("/admin/goods/new", on: "/admin/goods/new", form))
            #expect(seen.contains(sentence) && seen.contains("id=\"goods-\(field)-error\""), "\(seen)")
            #expect(seen.contains("value=\"Kiondo kikubwa\"") && seen.contains("Woven by hand"))
            #expect(try await shop.shop.shelf().count == 2)
        }
    }

    @Test("Ways of delivery are added, changed and taken away; an order keeps its own")
    func delivery() async throws {
        try await TestShop.open(.sqlite) { shop in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            func send(_ fields: [(String, String)]) async throws -> String {
                try await amina.follow(try await amina.press("/admin/delivery", on: "/admin/goods", fields))
            }
            _ = try await send([("name_en", "Courier to Mombasa"), ("fee", "450"), ("needs_place", "1")])
            let checkout = try await shop.page("/checkout?c=mug:1")
            #expect(checkout.contains("Courier to Mombasa") && checkout.contains("KSh 450"))
            #expect(
                try await send([("name_en", "Boat"), ("fee", "cheap"), ("form", "new-way")]).contains("Type a fee"))
            _ = try await send([("code", "pickup"), ("name_en", "Collect at the stall"), ("fee", "50")])
            let order = try await shop.buy()
            #expect(try await shop.order(order).delivery.minor == 5_000)
            _ = try await send([("code", "pickup"), ("do", "remove")])
            #expect(try await !shop.page("/checkout?c=mug:1").contains("Collect at the stall"))
            #expect(try await shop.order(order).deliveryName.english == "Collect at the stall")
        }
    }
}
