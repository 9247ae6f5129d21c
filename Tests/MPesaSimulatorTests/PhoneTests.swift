import HTTPClient
import MPesaSimulator
import Testing

@Suite struct PhoneTests {
    private static let page = [(name: "Accept", value: "text/html")]
    private static let form = page + [(name: "Content-Type", value: "application/x-www-form-urlencoded")]

    @Test("The prompt asks what a real one asks, after a moment and for a minute")
    func prompt() async throws {
        try await House.with { house in
            let daraja = house.simulator.daraja
            _ = try await house.push()
            house.clock.move(milliseconds: 999)
            #expect(daraja.prompt(on: House.phone) == nil)
            house.clock.move(milliseconds: 1)
            #expect(daraja.prompt(on: House.phone)?.text == "Do you want to pay KES 1,250 to DUKA Account ORDER100042?")
            house.clock.move(milliseconds: 59_999)
            #expect(daraja.prompt(on: House.phone) != nil)

            await house.wait(milliseconds: 1)
            #expect(daraja.prompt(on: House.phone) == nil)
            #expect(daraja.approve(House.phone) == .noPrompt)
            await house.wait(milliseconds: 1_000)
            #expect(
                house.shop.callbacks.map(\.json.essence) == [Fixture.named("stk-callback-no-response-1037").essence])
        }
    }

    @Test(
        "What the person does decides the result",
        arguments: [("approve", "pin=1234", "0"), ("approve", "pin=4321", "2001"), ("cancel", "", "1032")])
    func touch(action: String, body: String, code: String) async throws {
        try await House.with { house in
            _ = try await house.push()
            house.clock.move(milliseconds: 1_000)

            let response = try await house.send(
                "POST", "/simulator/phones/0708374149/\(action)", headers: Self.form, body: Array(body.utf8))

            #expect(response.status == 303)
            #expect(response.header("location") == "/phones/254708374149")
            #expect(try house.push.result?.code == code)
        }
    }

    @Test("A person who looks away keeps the phone busy until the prompt's time is over")
    func ignore() async throws {
        try await House.with { house in
            _ = try await house.push()
            house.clock.move(milliseconds: 1_000)
            #expect(house.simulator.daraja.ignore(House.phone) == .done)
            #expect(house.simulator.daraja.prompt(on: House.phone) == nil)
            #expect(try await house.push().status == 500)
            house.clock.move(milliseconds: 59_999)
            #expect(house.simulator.daraja.isBusy(House.phone))
            house.clock.move(milliseconds: 1)
            #expect(house.simulator.daraja.ledger.first?.result?.code == "1037")
        }
    }

    @Test(
        "A prompt of 182 characters reaches the phone, a longer one ends with 1025",
        arguments: [(129, nil), (130, "1025")])
    func length(name: Int, code: String?) async throws {
        try await House.with {
            $0.daraja.merchants[0].name = String(repeating: "D", count: name)
        } _: { house in
            _ = try await house.push()
            await house.wait(milliseconds: 2_000)

            #expect(try house.push.result?.code == code)
            #expect((house.simulator.daraja.prompt(on: House.phone)?.text.count ?? 182) == 182)
        }
    }

    @Test("A wallet pays to its last shilling and not beyond", arguments: [(1_250, "0", 0), (1_249, "1", 1_249)])
    func balance(opening: Int, code: String, left: Int) async throws {
        try await House.with { house in
            house.simulator.daraja.setBalance(opening, of: House.phone)
            try house.choose("success")
            _ = try await house.push()
            await house.wait(milliseconds: 4_000)

            #expect(house.shop.codes == [code])
            #expect(house.simulator.daraja.phone(House.phone).balance == left)
        }
    }

    @Test("A page with a prompt does not load itself again, or a half-typed PIN would be gone; one without does")
    func refresh() async throws {
        try await House.with { house in
            let refresh = "http-equiv=\"refresh\""
            let path = "/phones/254708374149"
            let before = String(decoding: try await house.send("GET", path).body, as: UTF8.self)
            _ = try await house.push(["AccountReference": "<b>&\"x"])
            house.clock.move(milliseconds: 1_000)
            let prompt = String(decoding: try await house.send("GET", path).body, as: UTF8.self)
            let list = String(decoding: try await house.send("GET", "/").body, as: UTF8.self)
            house.simulator.daraja.approve(House.phone)
            let after = String(decoding: try await house.send("GET", path).body, as: UTF8.self)

            #expect(before.contains(refresh))
            #expect(!prompt.contains(refresh))
            // The Enter key presses the first button of the form that holds the PIN: it must not be Cancel.
            #expect(prompt.contains("<button class=\"quiet\" form=\"cancel\">Cancel</button>"))
            #expect(prompt.contains("Do you want to pay KES 1,250 to DUKA Account &lt;b&gt;&amp;&quot;x?"))
            #expect(list.contains("Do you want to pay KES 1,250"))
            #expect(after.contains("Confirmed. Ksh1,250.00 paid to DUKA. on 5/1/26 at 2:30 PM."))
            #expect(after.contains("New M-PESA balance is Ksh48,750.00"))
        }
    }

    @Test("Pages ask nothing of other hosts and carry no script")
    func selfContained() async throws {
        try await House.with { house in
            for path in [
                "/", "/phones", "/story", "/phones/254708374149", "/phones/254708374149/story", "/shops",
                "/shops/600000",
                "/phones/254708374149/pay", "/story?service=pull", "/phones/254708374149/story?service=c2b",
            ] {
                let response = try await house.send("GET", path)
                let text = String(decoding: response.body, as: UTF8.self)
                #expect(response.status == 200)
                #expect(!text.contains("<script") && !text.contains("http://") && !text.contains("https://"))
                #expect(response.header("content-security-policy")?.hasPrefix("default-src 'none'") == true)
            }
            #expect(
                try await house.send("GET", "/phones?number=0708+374+149").header("location") == "/phones/254708374149")
            #expect(try await house.send("GET", "/phones?number=12").status == 400)
        }
    }

    @Test("A story can be chosen from another process, by name or as an object; nonsense is refused with the choices")
    func control() async throws {
        try await House.with { house in
            func choose(_ json: JSON) async throws -> OutboundResponse {
                try await house.send(
                    "POST", "/simulator/story", headers: [("Content-Type", "application/json")], body: json.bytes)
            }
            #expect(try await choose(["phone": "0708374149", "story": "1032"]).status == 200)
            #expect(house.simulator.daraja.story(of: House.phone).name == "cancelled")
            #expect(
                try await choose(["amount": 7, "story": ["outcome": "1037", "callback": ["copies": 2]]]).status == 200)
            #expect(try await choose(["phone": "0708374149", "story": "none"]).status == 200)
            #expect(house.simulator.daraja.story(of: House.phone).name == "manual")
            let wrong = try await choose(["story": "nonsense"])
            #expect(wrong.status == 400)
            #expect(try wrong.json["error"]?.text?.contains("callback-tripled") == true)
            #expect(try await choose(["phone": "12", "story": "manual"]).status == 400)
            #expect(try await choose(["phone": "0708374149", "amount": 7, "story": "manual"]).status == 400)

            _ = try await house.push(["Amount": "7", "PhoneNumber": "254711000001"])
            await house.wait(milliseconds: 4_000)
            #expect(house.shop.codes == ["1037", "1037"])
            let phone = try await house.send("GET", "/simulator/phones/254711000001").json
            #expect(phone["balance"] == 50_000)
            #expect(phone["prompt"] == .null)
            let conflict = try await house.send("POST", "/simulator/phones/254711000001/approve")
            #expect(conflict.status == 409)
        }
    }

    @Test(
        "The simulator listens on loopback only",
        arguments: [
            ("127.0.0.1", true), ("127.0.0.2", true), ("::1", true), ("0.0.0.0", false), ("::", false),
            ("192.168.1.10", false), ("localhost", false), ("127.0.0.1.example", false), ("1270.0.0.1", false),
        ])
    func loopback(host: String, isAllowed: Bool) {
        var configuration = SimulatorConfiguration(now: { 0 })
        configuration.host = host
        if isAllowed {
            #expect(throws: Never.self) { try SimulatorServer(configuration) }
        } else {
            #expect(throws: SimulatorError.notLoopback(host)) { try SimulatorServer(configuration) }
        }
    }

    @Test("Left to itself the simulator delivers callbacks until it is stopped, and then serves no more")
    func run() async throws {
        try await House.with {
            $0.daraja.promptDelayMilliseconds = 0
            $0.daraja.processingMilliseconds = 0
        } _: { house in
            async let running: Void = house.simulator.run()
            try house.choose("success-at-once")
            _ = try await house.push()
            for await _ in house.shop.arrivals { break }
            await house.simulator.stop()
            try await running

            #expect(house.shop.codes == ["0"])
            #expect(house.simulator.port == 0)
            await #expect(throws: OutboundError.self) { try await house.push() }
            try await house.simulator.run()
        }
    }
}
