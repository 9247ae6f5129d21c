import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit

/// What a rider is to do now.
enum RiderScene: String {
    /// Money is to be taken.
    case take
    /// A prompt is on its way to a phone, or on it.
    case waiting
    /// Nobody knows how a prompt ended: nobody should pay.
    case checking
    /// The goods may be given for the customer's code.
    case paid
    /// Nothing may be given or taken without the shop.
    case stop
    case done
}

extension RiderView {
    var scene: RiderScene {
        if isDone { return .done }
        if canHandOver { return .paid }
        guard order.order.fulfilment == .sentOut else { return .stop }
        if order.isCheckingReceipt, order.order.standing.remainder.minor > 0 { return .checking }
        switch order.explanation.reason {
        case .sending, .queued, .waiting, .unsure, .onPage, .backFromPage: return .waiting
        case .checking: return .checking
        case .paid, .reversed, .expired, .orderCancelled, .lateMoney, .partHeld, .needsPerson: return .stop
        case .cancelled, .noAnswer, .timedOut, .noNews, .noMoney, .wrongPIN, .busyPhone, .providerBusy, .notReached,
            .notSent, .shopProblem, .declinedOther, .unpaid, .promised, .partPaid:
            return .take
        }
    }
}

extension RiderScene {
    fileprivate var look: String {
        switch self {
        case .take, .waiting, .checking: "wait"
        case .paid, .done: "good"
        case .stop: "person"
        }
    }
}

extension Site {
    /// The page itself.
    func riderPage(
        _ view: RiderView, _ secret: String, _ visit: Visit, _ typed: TypedRider?, status: Int = 200
    ) -> Response {
        let words = visit.words
        let scene = view.scene
        let told = typed.map { Self.words(of: $0.problem, words) }
        var context = visit.context(title: words("rider_title", view.order.order.number.text), hasErrors: told != nil)
        if let typed, let told {
            let hasField = told.isAboutField && shows(typed.field, view)
            context["error_summary"] = [
                ["error_href": hasField ? "#\(typed.field.rawValue)" : "#main", "error_text": told.text]
            ]
            if hasField { context["\(typed.field.rawValue)_error"] = told.text }
        }
        let shown = OrderStatusObject(view.order, tellsReceipt: false)
        var rider: Context = [
            "order_number": view.order.order.number.text, "look": scene.look, "is_\(scene.look)": true,
            "self_href": "/rider/\(secret)", "version": shown.version,
            "headline": words("rider_\(scene.rawValue)_headline", view.order.order.standing.remainder.description),
            // Late money may come for a prompt of which nothing was heard.
            "next_step": scene == .take && view.order.latest?.hasUnknownEnd == true
                ? words("rider_unsure_next") : words("rider_\(scene.rawValue)_next"),
        ]
        if scene == .take || scene == .waiting {
            rider["explanation"] = view.order.explanation.reason.sentence(in: visit.language)
        }
        if scene != .done {
            rider["load"] = load(of: view, visit)
            rider["until"] = words("rider_until", Self.shortTime(view.rider.linkUntil, at: shop.now()))
        }
        if scene != .done, scene != .paid {
            rider["status_url"] = "/rider/\(secret)/status"
            rider["events_url"] = "/rider/\(secret)/events"
            context["live"] = true
        }
        if scene == .waiting || scene == .checking { context["refresh_seconds"] = "5" }
        rider.merge(riderForms(view, secret, visit, typed)) { _, new in new }
        context["rider"] = rider
        var response = render(.rider, context, status: status, headers: leadingOn(Self.privateHeaders))
        visit.remember(in: &response)
        return response
    }

    /// What is carried, to whom, and what of its price is to be taken.
    private func load(of view: RiderView, _ visit: Visit) -> Context {
        let order = view.order.order
        let first = view.order.contact.name.split(separator: " ").first.map(String.init) ?? ""
        var load: Context = [
            "lines": view.order.lines.map { ["line": "\($0.quantity) × \($0.name[visit.language])"] as Context },
            "delivery": order.deliveryName[visit.language], "total": order.total.description,
            "left": order.standing.remainder.description,
        ]
        if !first.isEmpty { load["customer"] = first }
        if let place = view.order.contact.place { load["place"] = place }
        return load
    }

    /// Whether the page has the field now.
    private func shows(_ field: TypedRider.Field, _ view: RiderView) -> Bool {
        switch field {
        case .phone: view.scene == .take && view.canPrompt
        case .amount: view.scene == .take && view.canTakeCash
        case .code: view.scene == .paid && view.codesLeft > 0
        }
    }

    /// Only what makes sense now. Each form has a token of its own: what one did, another may still do.
    private func riderForms(_ view: RiderView, _ secret: String, _ visit: Visit, _ typed: TypedRider?) -> Context {
        let words = visit.words
        let left = view.order.order.standing.remainder
        func text(_ field: TypedRider.Field, else other: String) -> String {
            typed?.field == field ? typed?.text ?? other : other
        }
        func token() -> String { shop.formToken(for: .rider(secret: secret)) }
        var forms: Context = [:]
        if shows(.phone, view) {
            var prompt: Context = [
                "prompt_action": "/rider/\(secret)/prompt", "prompt_token": token(),
                "phone_typed": text(.phone, else: ""), "prompt_label": words("rider_prompt_button", left.description),
            ]
            if let ending = view.phone?.ending {
                prompt["prompt_text"] = words("rider_prompt_text", ending, left.description)
            }
            forms["prompt"] = prompt
        } else if view.scene == .take, let at = view.order.retryAt {
            forms["pause"] = words("rider_pause", at.eastAfrica.clockWithSeconds)
        }
        if shows(.amount, view) {
            forms["cash"] =
                [
                    "cash_action": "/rider/\(secret)/cash", "cash_token": token(), "cash_left": left.decimalText,
                    "amount_typed": text(.amount, else: left.whole.map { "\($0)" } ?? left.decimalText),
                ] as Context
        }
        if shows(.code, view) {
            forms["code"] =
                [
                    "code_action": "/rider/\(secret)/code", "code_token": token(), "code_typed": text(.code, else: ""),
                    "code_hint": words("rider_code_hint", "\(view.codesLeft)"),
                ] as Context
        } else if view.scene == .paid {
            forms["no_codes"] = words("rider_err_no_codes")
        }
        return forms
    }

    /// What is wrong, in words, and whether the field is to blame.
    static func words(
        of problem: RiderRefusal, _ words: WordBook.Words
    ) -> (text: String, isAboutField: Bool) {
        func form(_ problem: FormProblem) -> String {
            ProblemWords([problem], words: words, language: words.language).summary.first?["error_text"] ?? ""
        }
        return switch problem {
        case .noLink: (words("rider_ended_headline"), false)
        case .formTooOld: (words("rider_err_old"), false)
        case .handedOverAlready: (words("rider_err_done"), false)
        case .phone(let problem): (form(.phone(problem)), true)
        case .start(let refusal): (form(.refused(refusal)), true)
        case .amount(let left): (words("staff_cash_amount", left.description), true)
        case .leftMeanwhile: (words("rider_err_changed"), true)
        case .promptIsLive: (words("rider_err_live"), false)
        case .isPaid: (words("rider_err_paid"), false)
        case .notPromised: (words("rider_err_not_promised"), false)
        case .hasEnded: (words("rider_err_ended"), false)
        case .notPaid: (words("rider_err_not_paid"), false)
        case .codeForm: (words("rider_err_code_form"), true)
        case .codeWrong(let left): (words("rider_err_code_wrong", "\(left)"), true)
        case .noCodesLeft: (words("rider_err_no_codes"), false)
        }
    }

    // MARK: What the customer sees of it

    /// Where the goods of an order are, and the code for the rider.
    func add(goodsOf view: OrderView, _ words: WordBook.Words, to context: inout Context) {
        let order = view.order
        let reason = view.explanation.reason
        guard ![.expired, .orderCancelled, .reversed].contains(reason) else { return }
        switch order.fulfilment {
        case .unfulfilled: break
        case .packed, .sentOut, .handedOver:
            context["goods_line"] = words("order_goods_\(order.fulfilment.rawValue)")
            // That it is being prepared is no news any more.
            if reason == .paid { context["next_step"] = nil }
            // Also when the shop has given the money up: that is the shop's own business. The page still says what is
            // owed and takes it, for who wants to pay can; it neither reproaches anybody nor says that all is well.
            if reason == .promised, order.fulfilment == .handedOver {
                context["headline"] = words("order_goods_unpaid_headline")
                context["next_step"] = words("order_goods_unpaid_next")
            }
        }
        if let code = shop.handOverCode(of: order) {
            var door: Context = ["door_code": code, "door_spoken": code.map(String.init).joined(separator: " ")]
            if order.codesBefore > 0 { door["is_new"] = true }
            context["door"] = door
        }
    }
}
