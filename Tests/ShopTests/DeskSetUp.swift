import Checkout
import Commerce
import Database
import DukaTesting
import FaultTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// A new owner's way from demo goods to a shop of their own, and whether they would hear of what is wrong.
@Suite struct DeskSetUp {
    @Test(
        "One press puts the demo goods away: what the owner made and what people bought stays",
        arguments: TestDatabase.engines)
    func demo(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buy()
            try await shop.status(path) { $0.state == "paid" }
            let mat = GoodsForm(
                nameEnglish: "Sisal mat", nameSwahili: "", aboutEnglish: "", aboutSwahili: "", price: "250",
                vat: "1600", stock: "3", stockShown: "0", position: "1", isHidden: false)
            _ = try await shop.shop.addProduct(mat)
            #expect(try await njeri.page("/admin/setup").contains("This shop shows demo goods"))

            let said = try await njeri.follow(try await njeri.press("/admin/setup/own", on: "/admin/setup"))
            #expect(said.contains("The demo goods are put away") && !said.contains("This shop shows demo goods"))
            #expect(try await shop.shop.catalogue().map(\.slug) == ["sisal-mat"])
            #expect(try await shop.shop.deliveryChoices().isEmpty && shop.shop.name == "Mama Njeri")
            let state = try await shop.shop.setUp(hasCodes: false)
            #expect(state.done.isDisjoint(with: [.name, .delivery]) && state.done.contains(.goods))
            #expect(try await njeri.page("/admin/goods").contains("Next: Name the shop"))
            #expect(try await shop.page(path).contains("Mug"), "the order keeps what was bought")

            // A second time nothing is left to do, and what the owner named since stays.
            try await shop.shop.set([.name: "Wairimu Crafts"])
            try await shop.shop.putDemoAway()
            #expect(shop.shop.name == "Wairimu Crafts")
            #expect(try await shop.shop.catalogue().map(\.slug) == ["sisal-mat"])
        }
    }

    @Test("A name that the owner chose before stays when the demo goods go")
    func ownName() async throws {
        try await TestShop.open(.sqlite) { shop in
            try await shop.shop.set([.name: "Wairimu Crafts"])
            try await shop.shop.putDemoAway()
            #expect(shop.shop.name == "Wairimu Crafts")
            #expect(try await shop.shop.setUp(hasCodes: false).done.contains(.name))
        }
    }

    // MARK: doctor

    private static func doctor(_ shop: TestShop, _ changes: [String: String]) async throws -> [String: String] {
        let ended = try await OperatorCommands.runAll(shop, ["doctor", "--json"], changes: changes)
        var found: [String: String] = [:]
        for line in ended.json {
            guard let subject = line["subject"] as? String, subject.hasSuffix("to the owner") else { continue }
            found[subject] = "\(line["verdict"] ?? "") \(line["sentence"] ?? "")"
        }
        return found
    }

    @Test("doctor says whether letters to the owner are set up and get away", arguments: TestDatabase.engines)
    func doctor(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let none = try await Self.doctor(shop, [:])
            #expect(none["letters to the owner"]?.hasPrefix("warning None are sent") == true, "\(none)")
            #expect(none["SMS to the owner"] == nil)
            let mail = TestMailServer()
            let server = ["DUKA_SMTP_URL": mail.url, "DUKA_MAIL_FROM": "shop@shop.example"]
            let nobody = try await Self.doctor(shop, server)
            #expect(nobody["letters to the owner"]?.hasPrefix("warning Nobody gets them") == true, "\(nobody)")

            // The address is entered at the desk; a letter of the last day was refused.
            let post = try await shop.post(mail: mail)
            let good = try await Self.doctor(shop, server)
            #expect(good["letters to the owner"]?.hasPrefix("good Set up") == true, "\(good)")
            mail.usually(.reply(.recipient, "550 unknown"))
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buyByMail()
            try await shop.status(path) { $0.state == "paid" }
            try await post.deliverDue()
            let lost = try await Self.doctor(shop, server)
            #expect(lost["letters to the owner"]?.hasPrefix("bad ") == true, "\(lost)")
            #expect(lost["letters to the owner"]?.contains("were refused") == true)
        }
    }
}
