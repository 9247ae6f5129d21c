internal import FoundationEssentials
internal import HTTPServer

/// The API that tests in other processes, and the pages' forms, steer the simulator with; all under `/simulator`.
///
///     GET  ledger                               everything that happened
///     GET  stories                              names and summaries
///     POST story                                {"phone": …, "amount": …, "story": name or object, "times": …}
///                                                story "none" takes a phone's story away
///     POST reset                                begin anew
///     POST tokens/cancel                        cancel every token
///     GET  phones/<number>                      wallet, messages, prompt
///     POST phones/<number>/approve              form field pin; without it the right one
///     POST phones/<number>/cancel | ignore      touch the prompt
///     POST phones/<number>/balance              form field balance, whole KES
///
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
        default: return problem("there is no \(request.method.name) of this path", status: 404)
        }
    }

    private func phone(_ request: Request, _ number: String, action: String?) -> Response {
        guard let action else {
            return request.method == .get ? .json(json(number).bytes) : problem("only GET is allowed", status: 405)
        }
        guard request.method == .post else { return problem("only POST is allowed", status: 405) }
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
        default: return problem("a phone knows approve, cancel, ignore and balance", status: 404)
        }
        if touch == .noPrompt, !Self.isBrowser(request) {
            return problem("the phone \(number) shows no prompt", status: 409)
        }
        return done(request, page: "/phones/\(number)")
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
        StoryCatalogue.entries.map { ["name": .string($0.story.name), "summary": .string($0.summary)] })

    private func chooseStory(_ request: Request) -> Response {
        let isForm = request.header("Content-Type")?.lowercased().hasPrefix("application/x-www-form") == true
        let body: JSON
        if isForm {
            do throws(FormError) {
                body = .object(try request.form().fields.map { JSON.Member(name: $0.name, value: .string($0.value)) })
            } catch {
                return problem(error.description)
            }
        } else {
            do throws(JSON.SyntaxError) {
                body = try JSON(parsing: request.body)
            } catch {
                return problem("the body is no JSON: it stops making sense at byte \(error.offset)")
            }
        }
        if body["story"]?.text == Self.noStory {
            guard let phone = body["phone"]?.text.flatMap(phoneNumber) else {
                return problem("\(Self.noStory) is for a phone: phone is missing or no Kenyan mobile number")
            }
            daraja.forgetStory(of: phone)
            return done(request, page: "/phones/\(phone)")
        }
        let story: Story
        do throws(StoryProblem) { story = try Self.story(body) } catch { return problem(error.text) }
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
        return done(request, page: phone.map { "/phones/\($0)" } ?? "/")
    }

    private struct StoryProblem: Error { let text: String }

    private static func story(_ body: JSON) throws(StoryProblem) -> Story {
        var story: Story
        switch body["story"] {
        case .string(let name):
            guard let named = StoryCatalogue.story(named: name) else {
                let names = StoryCatalogue.entries.map(\.story.name).joined(separator: ", ")
                throw StoryProblem(text: "story is \"\(name)\"; expected one of \(names)")
            }
            story = named
        case .some(let object):
            do {
                story = try JSONDecoder().decode(Story.self, from: Data(object.bytes))
            } catch {
                throw StoryProblem(text: "story is not understood: \(error)")
            }
        case nil: throw StoryProblem(text: "story is missing: expected a name or an object")
        }
        if let times = body["times"]?.text {
            guard let times = Int(times), times > 0 else {
                throw StoryProblem(text: "times is \"\(times)\"; expected a number above 0")
            }
            story.push?.times = times
        }
        return story
    }

    // MARK: - Answers

    private func done(_ request: Request, page: String) -> Response {
        Self.isBrowser(request) ? .redirect(to: page) : .json(JSON.object([.init(name: "done", value: true)]).bytes)
    }

    private func problem(_ text: String, status: Int = 400) -> Response {
        .json(JSON.object([.init(name: "error", value: .string(text))]).bytes, status: status)
    }

    private static func isBrowser(_ request: Request) -> Bool {
        request.header("Accept")?.contains("text/html") == true
    }
}
