internal import FoundationEssentials
internal import HTTPServer

/// The API that tests in other processes, and the pages' forms, steer the simulator with; all under `/simulator`.
///
///     GET  ledger                               everything that happened
///     GET  stories                              names, summaries and services
///     POST story                                {"phone": …, "amount": …, "story": name or object, "times": …,
///                                                "service": …}; story "none" takes a phone's stories away; a story
///                                                is moved to another service by naming that
///     POST reset                                begin anew
///     POST tokens/cancel                        cancel every token
///     GET  phones/<number>                      wallet, messages, prompt
///     POST phones/<number>/approve              form field pin; without it the right one
///     POST phones/<number>/cancel | ignore      touch the prompt
///     POST phones/<number>/balance              form field balance, whole KES
///     POST phones/<number>/pay                  {"business": …, "amount": …, "account": …, "pin": …, "payer": …}
///
/// What Safaricom's portal and people there do is in ``PortalRoutes``. A body is JSON or a form.
/// A browser is sent back to a page, everybody else gets JSON.
struct ControlRoutes: Sendable {
    let daraja: Daraja

    func answer(_ request: Request, _ parts: [String]) -> Response {
        switch (request.method, parts.count, parts.first) {
        case (.get, 1, "ledger"): return .json(daraja.ledgerJSON.bytes)
        case (.get, 1, "stories"): return .json(Self.stories.bytes)
        case (.post, 1, "story"): return chooseStory(request)
        case (.post, 1, "reset"):
            daraja.reset()
            return done(request, page: "/")
        case (.post, 2, "tokens") where parts[1] == "cancel":
            daraja.cancelTokens()
            return done(request, page: "/")
        case (_, 2..., "phones"):
            guard let number = phoneNumber(parts[1]) else {
                return problem("\"\(parts[1])\" is no Kenyan mobile number")
            }
            return phone(request, number, action: parts.count == 3 ? parts[2] : parts.count == 2 ? nil : "")
        default: return PortalRoutes(daraja: daraja).answer(request, parts)
        }
    }

    private func phone(_ request: Request, _ number: String, action: String?) -> Response {
        guard let action else {
            return request.method == .get ? .json(json(number).bytes) : problem("only GET is allowed", status: 405)
        }
        guard request.method == .post else { return problem("only POST is allowed", status: 405) }
        if action == "pay" { return pay(request, number) }
        let form: Form
        do throws(FormError) { form = try request.form() } catch { return problem(error.description) }
        let touch: Daraja.Touch
        switch action {
        case "approve": touch = daraja.approve(number, pin: form["pin"])
        case "cancel": touch = daraja.cancel(number)
        case "ignore": touch = daraja.ignore(number)
        case "balance":
            guard let balance = form["balance"].flatMap({ Int($0) }), (0...1_000_000_000).contains(balance) else {
                return problem("balance is \"\(form["balance"] ?? "")\"; expected whole KES from 0 to 1000000000")
            }
            daraja.setBalance(balance, of: number)
            touch = .done
        default: return problem("a phone knows approve, cancel, ignore, balance and pay", status: 404)
        }
        if touch == .noPrompt, !isBrowser(request) {
            return problem("the phone \(number) shows no prompt", status: 409)
        }
        return done(request, page: "/phones/\(number)")
    }

    private func pay(_ request: Request, _ number: String) -> Response {
        do throws(ControlBody.Problem) {
            let body = try ControlBody.read(request)
            guard let amount = body["amount"]?.text.flatMap({ Int($0) }) else {
                return problem("amount is missing; expected whole KES")
            }
            let payer = body["payer"]?.text
            guard payer.map({ PayerForm(rawValue: $0) != nil }) ?? true else {
                let names = PayerForm.allCases.map(\.rawValue).joined(separator: ", ")
                return problem("payer is \"\(payer ?? "")\"; expected one of \(names)")
            }
            let receipts = try daraja.pay(
                body["business"]?.text ?? "", from: number, amount: amount, account: body["account"]?.text ?? "",
                payerForm: payer.flatMap { PayerForm(rawValue: $0) }, pin: body["pin"]?.text)
            return .json(JSON.object([.init(name: "receipts", value: .array(receipts.map { .string($0) }))]).bytes)
        } catch {
            return problem(error.text, status: error.status)
        }
    }

    private func json(_ number: String) -> JSON {
        guard case .object(var members) = daraja.phone(number).json else { return [:] }
        let prompt = daraja.prompt(on: number).map { prompt -> JSON in
            [
                "checkoutRequestID": .string(prompt.checkoutRequestID), "text": .string(prompt.text),
                "until": JSON(prompt.until),
            ]
        }
        members.append(.init(name: "isBusy", value: .bool(daraja.isBusy(number))))
        members.append(.init(name: "prompt", value: prompt ?? nil))
        members.append(.init(name: "story", value: .string(daraja.story(of: number).name)))
        return .object(members)
    }

    // MARK: - Stories

    /// The name that takes a phone's own story away.
    static let noStory = "none"

    private static let stories: JSON = .array(
        DarajaService.allCases.flatMap { service in
            StoryCatalogue.entries(of: service).map {
                [
                    "name": .string($0.story.name), "summary": .string($0.summary),
                    "service": .string(service.rawValue),
                ]
            }
        })

    private func chooseStory(_ request: Request) -> Response {
        let body: JSON
        do throws(ControlBody.Problem) { body = try ControlBody.read(request) } catch { return problem(error.text) }
        let service = body["service"]?.text.flatMap { DarajaService(rawValue: $0) } ?? .stk
        if body["story"]?.text == Self.noStory {
            guard let phone = body["phone"]?.text.flatMap(phoneNumber) else {
                return problem("\(Self.noStory) is for a phone: phone is missing or no Kenyan mobile number")
            }
            daraja.forgetStory(of: phone)
            return done(request, page: "/phones/\(phone)")
        }
        let story: Story
        do throws(ControlBody.Problem) { story = try Self.story(body) } catch { return problem(error.text) }
        let number = body["phone"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        let amount = body["amount"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        guard number == nil || amount == nil else {
            return problem("a story is for a phone or for an amount, not for both")
        }
        if let number, phoneNumber(number) == nil { return problem("\"\(number)\" is no Kenyan mobile number") }
        if let amount, Int(amount) == nil { return problem("amount is \"\(amount)\"; expected whole KES") }
        let phone = number.flatMap(phoneNumber)
        guard daraja.choose(story, phone: phone, amount: amount.flatMap { Int($0) }) else {
            return problem("too many phones and amounts have a story; reset first", status: 409)
        }
        return done(request, page: phone.map { "/phones/\($0)" } ?? (service == .stk ? "/" : "/shops"))
    }

    private static func story(_ body: JSON) throws(ControlBody.Problem) -> Story {
        var story: Story
        switch body["story"] {
        case .string(let name):
            guard let named = StoryCatalogue.story(named: name) else {
                let names = StoryCatalogue.entries.map(\.story.name).joined(separator: ", ")
                throw ControlBody.Problem(
                    text: "story is \"\(name)\"; expected one of \(names), "
                        + "or of the other services' that GET /simulator/stories lists")
            }
            story = named
        case .some(let object):
            do {
                story = try JSONDecoder().decode(Story.self, from: Data(object.bytes))
            } catch {
                throw ControlBody.Problem(text: "story is not understood: \(error)")
            }
        case nil: throw ControlBody.Problem(text: "story is missing: expected a name or an object")
        }
        if let times = body["times"]?.text {
            guard let times = Int(times), times > 0 else {
                throw ControlBody.Problem(text: "times is \"\(times)\"; expected a number above 0")
            }
            story.push?.times = times
        }
        if let name = body["service"]?.text {
            guard let service = DarajaService(rawValue: name) else {
                let names = DarajaService.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlBody.Problem(text: "service is \"\(name)\"; expected one of \(names)")
            }
            story.service = service
        }
        return story
    }
}

extension Daraja {
    /// Pays whatever has this number, from the control API.
    fileprivate func pay(
        _ business: String, from phone: String, amount: Int, account: String, payerForm: PayerForm?, pin: String?
    ) throws(ControlBody.Problem) -> [String] {
        do throws(PaymentRefusal) {
            return try payBusiness(
                business, from: phone, amount: amount, account: account, payerForm: payerForm, pin: pin)
        } catch {
            throw ControlBody.Problem(text: error.description, status: 409)
        }
    }
}
