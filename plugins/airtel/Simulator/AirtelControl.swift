internal import FoundationEssentials
internal import HTTPServer

/// What tests and pages do to the simulated Airtel Money; all under `/simulator`, in JSON or as a form.
///
///     GET  ledger                     every payment that was really begun
///     GET  stories                    what can happen
///     POST story                      {"story": name, "phone": number or nothing for everybody}
///     POST callback                   {"url": …}: what a merchant types on the portal
///     POST reset                      begins anew
///     GET  phones/<number>            what the phone shows
///     POST phones/<number>/approve    pin=1234: the right one pays, another is a wrong one
///     POST phones/<number>/cancel     says no
///     POST phones/<number>/ignore     looks away
///     POST phones/<number>/balance    balance=500, whole shillings
struct AirtelControl {
    let airtel: AirtelMoney

    func answer(_ request: Request, _ parts: [String]) -> Response {
        let fields = Self.fields(request)
        switch (request.method, parts.first, parts.count) {
        case (.get, "ledger", 1): return .json(AirtelJSON.object(["payments": airtel.payments.map(Entry.init)]))
        case (.get, "stories", 1):
            return .json(AirtelJSON.object(AirtelStory.all.map { ["name": $0.name, "summary": $0.summary] }))
        case (.post, "story", 1): return chooseStory(fields, request)
        case (.post, "callback", 1):
            guard let url = fields["url"], url.hasPrefix("http") else { return Self.problem("url is missing") }
            airtel.setCallback(url)
            return Self.done(request, page: "/")
        case (.post, "reset", 1):
            airtel.reset()
            return Self.done(request, page: "/")
        case (_, "phones", 2...3):
            guard let number = Self.number(parts[1]) else { return Self.problem("\(parts[1]) is no mobile number") }
            return phone(number, parts.count == 3 ? parts[2] : nil, fields, request)
        default: return Self.problem("there is no \(request.method.name) of this path", status: 404)
        }
    }

    /// A payment in the ledger, which tests read.
    private struct Entry: Encodable {
        let id, phone, reference, state, story: String
        let amount, debited: Int64
        let receipt: String?
        let isRefunded: Bool
        let messages: [String]

        init(_ payment: AirtelPayment) {
            id = payment.id
            phone = payment.phone
            reference = payment.reference
            state = payment.state.rawValue
            story = payment.story.name
            amount = payment.shillings
            debited = payment.moneyID == nil ? 0 : payment.shillings
            receipt = payment.moneyID
            isRefunded = payment.isRefunded
            messages = payment.messages
        }
    }

    private struct PhoneState: Encodable {
        let number, story: String
        let balance: Int64
        let prompt: [String: String]?
    }

    private func phone(_ number: String, _ action: String?, _ fields: [String: String], _ request: Request) -> Response
    {
        guard let action else {
            let prompt = airtel.prompt(on: number).map { ["id": $0.id, "amount": "\($0.shillings)"] }
            return .json(
                AirtelJSON.object(
                    PhoneState(
                        number: number, story: airtel.story(of: number).name, balance: airtel.balance(of: number),
                        prompt: prompt)))
        }
        guard request.method == .post else { return Self.problem("only POST is allowed", status: 405) }
        let isDone: Bool
        switch action {
        case "approve":
            let isRight = fields["pin"] ?? AirtelMoney.pin == AirtelMoney.pin
            isDone = airtel.decide(isRight ? .approve : .wrongPIN, on: number)
        case "cancel": isDone = airtel.decide(.refuse, on: number)
        case "ignore": isDone = airtel.decide(.lookAway, on: number)
        case "balance":
            guard let shillings = fields["balance"].flatMap({ Int64($0) }), (0...1_000_000_000).contains(shillings)
            else { return Self.problem("balance is missing; expected whole shillings") }
            airtel.setBalance(shillings, of: number)
            isDone = true
        default: return Self.problem("a phone knows approve, cancel, ignore and balance", status: 404)
        }
        if !isDone, !Self.isBrowser(request) { return Self.problem("the phone shows no prompt", status: 409) }
        return Self.done(request, page: "/phones/\(number)")
    }

    private func chooseStory(_ fields: [String: String], _ request: Request) -> Response {
        guard let story = fields["story"].flatMap(AirtelStory.named) else {
            return Self.problem("story is one of \(AirtelStory.all.map(\.name).joined(separator: ", "))")
        }
        guard let typed = fields["phone"], !typed.isEmpty else {
            airtel.choose(story)
            return Self.done(request, page: "/")
        }
        guard let number = Self.number(typed) else { return Self.problem("\(typed) is no mobile number") }
        airtel.choose(story, for: number)
        return Self.done(request, page: "/phones/\(number)")
    }

    // MARK: Reading and answering

    private static func fields(_ request: Request) -> [String: String] {
        if request.header("Content-Type")?.lowercased().hasPrefix("application/x-www-form") == true {
            do throws(FormError) {
                let form = try request.form()
                return Dictionary(form.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
            } catch { return [:] }
        }
        do { return try JSONDecoder().decode([String: String].self, from: Data(request.body)) } catch { return [:] }
    }

    /// Twelve digits for what a person types: `0733 123 456`, `733123456` or `254733123456`.
    static func number(_ text: String) -> String? {
        let digits = text.filter { $0 != " " && $0 != "+" }
        guard digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        let national =
            digits.hasPrefix("254") ? digits.dropFirst(3) : digits.hasPrefix("0") ? digits.dropFirst() : digits[...]
        return national.count == 9 && (national.first == "7" || national.first == "1") ? "254" + national : nil
    }

    private static func isBrowser(_ request: Request) -> Bool {
        request.header("Accept")?.contains("text/html") == true
    }

    private static func done(_ request: Request, page: String) -> Response {
        isBrowser(request) ? .redirect(to: page) : .json(AirtelJSON.object(["done": true]))
    }

    private static func problem(_ text: String, status: Int = 400) -> Response {
        .json(AirtelJSON.object(["error": text]), status: status)
    }
}
