import HTTPClient
import MPesaSimulator
import Testing

/// Pages and control addresses for paying by hand and for what a shop's people do at Safaricom.
@Suite struct PortalTests {
    private static let page = [(name: "Accept", value: "text/html")]
    private static let form = page + [(name: "Content-Type", value: "application/x-www-form-urlencoded")]

    private static func post(_ house: House, _ path: String, _ form: String) async throws -> OutboundResponse {
        try await house.send("POST", path, headers: Self.form, body: Array(form.utf8))
    }

    private static func text(_ response: OutboundResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test(
        "A person pays by the form, with spaces and commas as people type them",
        arguments: [
            ("business=174379&account=INV-204&amount=1%2C250&pin=1234", "174379", "INV-204"),
            ("business=500+123&account=&amount=1+250&pin=1234", "600000", ""),
        ])
    func pays(form: String, shortcode: String, account: String) async throws {
        try await House.with { house in
            let response = try await Self.post(house, "/phones/0708374149/pay", form)

            #expect(response.status == 303)
            #expect(response.header("location") == "/phones/254708374149")
            #expect(house.daraja.transactions.map(\.shortcode) == [shortcode])
            #expect(house.daraja.transactions.map(\.account) == [account])
            #expect(house.daraja.transactions.map(\.amount) == [1_250])
            let phone = Self.text(try await house.send("GET", "/phones/254708374149"))
            #expect(phone.contains("Confirmed. Ksh1,250.00 paid to"))
            #expect(phone.contains("href=\"/phones/254708374149/pay\""))
        }
    }

    @Test(
        "What cannot be paid comes back with the reason and with what was typed, but for the PIN",
        arguments: [
            ("business=999999&account=A%3Cb%3E&amount=10&pin=1234", "no business with the number 999999"),
            ("business=174379&account=A%3Cb%3E&amount=ten&pin=1234", "whole shillings"),
            ("business=174379&account=A%3Cb%3E&amount=10&pin=4321", "wrong PIN"),
        ])
    func refused(form: String, reason: String) async throws {
        try await House.with { house in
            let response = try await Self.post(house, "/phones/254708374149/pay", form)
            let text = Self.text(response)

            #expect(response.status == 422)
            #expect(text.contains("role=\"alert\""))
            #expect(text.contains(reason))
            #expect(text.contains("value=\"A&lt;b&gt;\""))
            #expect(!text.contains("4321"))
            #expect(house.daraja.transactions.isEmpty)
        }
    }

    @Test("Another process pays by the control address, and is told the receipts or why not")
    func control() async throws {
        try await House.with { house in
            try await house.register()
            func pay(_ json: JSON) async throws -> OutboundResponse {
                try await house.send("POST", "/simulator/phones/0708374149/pay", body: json.bytes)
            }
            let paid = try await pay(["business": "174379", "account": "A", "amount": 10, "payer": "plain"])
            #expect(paid.status == 200)
            #expect(try paid.json["receipts"]?.elements.map(\.text) == house.daraja.transactions.map(\.receipt))
            await house.wait(milliseconds: 1_000)
            #expect(house.confirmations.map { $0["MSISDN"]?.text } == [House.phone])

            let nobody = try await pay(["business": "999999", "account": "A", "amount": 10])
            #expect(nobody.status == 409)
            #expect(try nobody.json["error"]?.text?.contains("999999") == true)
            #expect(try await pay(["business": "174379", "account": "A"]).status == 400)
            #expect(try await pay(["business": "174379", "amount": 10, "account": "A", "payer": "x"]).status == 400)
            #expect(house.daraja.transactions.count == 1)
        }
    }

    @Test("A shop's page shows accounts, addresses and payments, and reverses one by a button")
    func shop() async throws {
        try await House.with { house in
            try await house.register()
            let receipt = try #require(
                try house.daraja.payPaybill(from: House.phone, amount: 1_250, account: "<i>A").first)
            let before = Self.text(try await house.send("GET", "/shops/174379"))
            for part in [
                "Ksh101,250.00", "Utility Account", house.shop.url + "/confirm", receipt, "&lt;i&gt;A", "0708 374 149",
                "aria-label=\"Reverse \(receipt)\"",
            ] { #expect(before.contains(part)) }

            let reversed = try await Self.post(house, "/simulator/reverse", "receipt=\(receipt)")
            #expect(reversed.status == 303)
            #expect(reversed.header("location") == "/shops/174379")
            let after = Self.text(try await house.send("GET", "/shops/174379"))
            #expect(after.contains("Ksh100,000.00"))
            #expect(after.contains("Reversed by"))
            #expect(!after.contains("aria-label=\"Reverse \(receipt)\""))
            let again = try await Self.post(house, "/simulator/reverse", "receipt=\(receipt)")
            #expect(again.header("location") == "/shops/174379?problem=R000001")
            let problem = Self.text(try await house.send("GET", "/shops/174379?problem=R000001"))
            #expect(problem.contains("role=\"alert\""))
            #expect(try await house.send("GET", "/shops/999999").status == 404)
        }
    }

    @Test("Switches, funds and addresses are set by control addresses; nonsense changes nothing")
    func sets() async throws {
        try await House.with { house in
            try await house.register()
            func post(_ path: String, _ json: JSON) async throws -> Int {
                try await house.send("POST", "/simulator/\(path)", body: json.bytes).status
            }
            #expect(try await post("switches", ["validation": "on", "prompt-confirmations": false]) == 200)
            #expect(house.daraja.switches.validatesPayments)
            #expect(!house.daraja.switches.confirmsPrompts)
            #expect(try await post("switches", ["validation": "off", "nonsense": "on"]) == 400)
            #expect(try await post("switches", ["validation": "maybe"]) == 400)
            #expect(house.daraja.switches.validatesPayments)

            #expect(try await post("shops/174379/funds", ["account": "working", "amount": 7]) == 200)
            #expect(house.funds(.working) == 7)
            #expect(house.treasury.now == house.treasury.opening)
            #expect(try await post("shops/174379/funds", ["account": "charges", "amount": 7]) == 400)
            #expect(try await post("shops/174379/funds", ["account": "working", "amount": -1]) == 400)
            #expect(try await post("shops/999999/funds", ["account": "working", "amount": 7]) == 404)
            #expect(try await post("shops/174379/forget", [:]) == 200)
            #expect(house.daraja.registration(of: House.paybill) == nil)
            let portal = try await house.send("GET", "/simulator/portal").json
            #expect(portal["switches"]?["validation"] == true)
            #expect(portal["isOperatorLocked"] == false)
            #expect(portal["shops"]?.elements.first?["registration"] == .null)
        }
    }

    @Test("A story of any service is chosen by page and by control address, and moved to another service")
    func stories() async throws {
        try await House.with { house in
            func choose(_ json: JSON) async throws -> OutboundResponse {
                try await house.send("POST", "/simulator/story", body: json.bytes)
            }
            let page = Self.text(try await house.send("GET", "/story?service=reversal"))
            #expect(page.contains("value=\"reversal-refused\""))
            #expect(page.contains("name=\"service\" value=\"reversal\""))
            let chosen = try await Self.post(
                house, "/simulator/story", "service=reversal&story=reversal-refused&phone=0708374149")
            #expect(chosen.status == 303)
            #expect(house.daraja.story(of: House.phone, .reversal).name == "reversal-refused")
            #expect(house.daraja.story(of: House.phone).name == "manual")

            #expect(try await choose(["story": "spike-arrest", "service": "b2c", "times": 2]).status == 200)
            let statuses = [
                try await house.ask(.b2c).status, try await house.ask(.b2c).status, try await house.ask(.b2c).status,
            ]
            #expect(statuses == [500, 500, 200])
            #expect(try await choose(["story": "success", "service": "nonsense"]).status == 400)
            #expect(try await choose(["story": ["service": "c2b", "payment": ["shares": [0]]]]).status == 400)
            let names = try await house.send("GET", "/simulator/stories").json.elements
            #expect(Set(names.compactMap { $0["service"]?.text }) == Set(DarajaService.allCases.map(\.rawValue)))
            #expect(try await choose(["phone": "0708374149", "story": "none"]).status == 200)
            #expect(house.daraja.story(of: House.phone, .reversal).name == "usual")
        }
    }

    @Test("Every story of every service has its own name, is about its service, and survives being written as JSON")
    func catalogue() throws {
        let all = DarajaService.allCases.flatMap { service in
            StoryCatalogue.entries(of: service).map { ($0.story, service) }
        }
        #expect(Set(all.map(\.0.name)).count == all.count)
        for (story, service) in all {
            #expect(story.service == service)
            #expect(StoryCatalogue.story(named: story.name) == story)
            #expect(try story.afterJSON == story)
            if let next = story.next { #expect(StoryCatalogue.story(named: next) != nil) }
        }
    }

    @Test("Every story that the list of stories asks for is there")
    func required() {
        for name in [
            "success", "cancel-then-pay", "ignored-then-pay", "wrong-pin", "insufficient-funds", "subscriber-locked",
            "callback-lost", "callback-early", "callback-tripled", "callback-10-minutes", "success-after-failure",
            "paid-twice", "wrong-amount", "receipt-reused", "c2b-plain", "c2b-hashed", "c2b-masked",
            "c2b-wrong-account", "c2b-part-part", "c2b-over", "paid-after-expiry", "reversal-usual",
            "reversal-refused", "reversal-unknown", "token-cancelled", "quota", "outage-10-minutes",
            "callback-forged", "callback-replayed",
        ] { #expect(StoryCatalogue.story(named: name) != nil, "\(name)") }
    }
}
