import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// What staff do with an order. Each is done once however often its button is pressed, and stands in the trail before
/// it is begun.
extension Site {
    /// One deed of the desk: what the trail calls it, and what came of it, in a sentence.
    struct Deed {
        var action: String
        var subject: String
        var reason = ""
        var body: () async throws -> String
    }

    /// Does it and leads back to where the button is.
    ///
    /// Somebody else may have done something about it since the page was shown; then nothing is done, and the page
    /// tells who did what (U46).
    func perform(_ deed: Deed, at path: String, _ visit: StaffVisit) async throws -> Response {
        guard !deed.reason.holdsPhone else { throw StaffProblem("reason", "staff_reason_phone") }
        if let news = try await othersNews(about: deed.subject, visit) { throw news }
        guard let press = visit.press else { throw PageProblem(400) }
        let entry = AuditEntry(visit.visitor.name, deed.action, deed.subject, deed.reason)
        do {
            let done = try await shop.act(entry, press: press, refusal: refusal(visit.words), deed.body)
            return try await told(done, visit, path)
        } catch {
            guard let problem = Self.problem(of: error, visit.words) else { throw error }
            throw problem
        }
    }

    /// What another person did to it since this form's page was shown; nil when nobody did anything.
    private func othersNews(about subject: String, _ visit: StaffVisit) async throws -> StaffProblem? {
        guard let seen = visit.form?["seen"].flatMap({ Int64($0) }) else { throw PageProblem(400) }
        let others = try await shop.auditTrail(about: subject).first { stored in
            stored.number > seen && stored.entry.staff != visit.visitor.name
                && stored.entry.action.hasSuffix("_done")
        }
        guard let others else { return nil }
        let begun = AuditEntry(others.entry.staff, others.entry.deed, others.entry.subject)
        let action = begun.actionWords(in: visit.words.language)
        return StaffProblem(
            "", "staff_somebody_was_first", others.entry.staff, action,
            Masked.age(others.at, at: shop.now(), in: visit.words.language))
    }

    /// A deed about the order of an address, which leads back to its page.
    func orderDeed(
        _ visit: StaffVisit, _ parameters: Route.Parameters, _ action: String, reason: String = "",
        _ body: @escaping (OrderNumber, String) async throws -> String
    ) async throws -> Response {
        guard let number = OrderNumber(parameters["number"]) else { throw PageProblem(404) }
        return try await perform(
            Deed(action: action, subject: number.text, reason: reason) { try await body(number, visit.visitor.name) },
            at: "/admin/orders/\(number.text)", visit)
    }

    // MARK: Orders

    /// `POST /admin/orders/<number>/ask`
    func askNow(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await orderDeed(visit, parameters, "asked_provider") { [shop] number, person in
            let count = try await shop.askNow(number, by: person)
            return visit.words("staff_asked", "\(count)")
        }
    }

    /// `POST /admin/orders/<number>/prompt`
    func promptAgain(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await orderDeed(visit, parameters, "prompted") { [shop] number, person in
            try await shop.promptAgain(
                number, phone: visit.field("phone", atMost: 40), by: person, from: Caller(visit.request.client))
            return visit.words("staff_prompted")
        }
    }

    /// `POST /admin/orders/<number>/receipt`: the code of a payment that the customer shows.
    func recordReceipt(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let code = visit.field("receipt", atMost: 40).uppercased()
        guard !code.isEmpty else { throw StaffProblem("receipt", "err_code_empty") }
        guard !code.holdsPhone else { throw StaffProblem("receipt", "err_code_form") }
        return try await orderDeed(visit, parameters, "receipt_shown", reason: code) { [self] number, person in
            switch try await standing(of: code, for: number) {
            case .notAReceipt: throw StaffProblem("receipt", "err_code_form")
            case .known(_, let order?):
                guard order == number else { throw StaffProblem("receipt", "staff_receipt_elsewhere", order.text) }
                return visit.words("staff_receipt_here", code)
            case .known(let capture, nil):
                guard visit.may(.settleMoney), let receipt = capture.receipt else {
                    throw StaffProblem("receipt", "staff_receipt_waits")
                }
                try await shop.assign(receipt: receipt, to: number, by: person)
                return visit.words("staff_receipt_assigned", code)
            case .refused: throw StaffProblem("receipt", "staff_receipt_refused", code)
            case .asked: return visit.words("staff_receipt_asked", code)
            case .needsPerson: return visit.words("staff_receipt_person", code)
            case .cannotAsk: return visit.words("staff_receipt_later", code)
            }
        }
    }

    /// Asks about a receipt and waits a moment for the answer, which comes by itself afterwards too.
    private func standing(of code: String, for number: OrderNumber?) async throws -> ReceiptStanding {
        let known = try await shop.receiptStanding(code)
        switch known {
        case .notAReceipt, .known, .refused, .needsPerson: return known
        case .asked, .cannotAsk: break
        }
        var standing = try await shop.askAboutReceipt(code, for: number)
        for _ in 0..<8 {
            guard case .asked = standing else { break }
            try await Task.sleep(for: .milliseconds(400))
            standing = try await shop.receiptStanding(code)
        }
        return standing
    }

    /// `POST /admin/orders/<number>/note`
    func addNote(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await orderDeed(visit, parameters, "noted") { [shop] number, person in
            try await shop.addNote(number, visit.field("reason"), by: person)
            return visit.words("staff_noted")
        }
    }

    /// `POST /admin/orders/<number>/revive`
    func reviveOrder(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await orderDeed(visit, parameters, "revived") { [shop] number, person in
            try await shop.reviveOrder(number, by: person)
            return visit.words("staff_revived")
        }
    }

    /// `POST /admin/orders/<number>/refund`: asks for money to go back; nothing leaves before it is approved.
    func requestRefund(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let way = Refund.Way(rawValue: visit.field("way")), way != .external else {
            throw StaffProblem("way", "staff_way_missing")
        }
        guard let number = OrderNumber(parameters["number"]) else { throw PageProblem(404) }
        var request = RefundRequest(order: number, way: way, reason: visit.field("reason"), by: visit.visitor.name)
        let payment = visit.field("payment", atMost: 40)
        if !payment.isEmpty { request.capture = ID(stored: payment) }
        request.amount = try visit.amount("amount")
        let proof = visit.field("proof")
        if way == .byHand, !proof.isEmpty { request.proof = proof }
        if way == .payout {
            let fields = shop.providerNames.flatMap(\.manifest.payoutForm).filter { $0.kind == .phone }.map(\.key)
            let phone = visit.field("phone", atMost: 40)
            request.payee = Dictionary(fields.map { ($0, phone) }, uniquingKeysWith: { first, _ in first })
        }
        let wanted = request
        return try await orderDeed(visit, parameters, "refund_requested", reason: wanted.reason) { [shop] _, _ in
            let refund = try await shop.requestRefund(wanted)
            return visit.words("staff_refund_waits", refund.amount.description, refund.ticket.value)
        }
    }

    /// `POST /admin/items`: an open item is settled.
    func closeItem(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let (kind, subject, reason) = (
            visit.field("kind", atMost: 60), visit.field("subject", atMost: 200), visit.field("reason")
        )
        let deed = Deed(action: "item_closed", subject: subject, reason: "\(kind): \(reason)") { [shop] in
            try await shop.closeItem(kind, subject: subject, by: visit.visitor.name, because: reason)
            return visit.words("staff_item_closed")
        }
        return try await perform(deed, at: backPath(visit), visit)
    }

    // MARK: Money

    /// What is done about money on its way out; each gives the amount, or how it stands now.
    private struct Decisions {
        var name: String
        var approve: () async throws -> Money
        var reject: () async throws -> Void
        var resolve: (_ hasMoved: Bool) async throws -> Refund.State
    }

    /// `POST /admin/refunds/<ticket>`: approved, turned down, or settled by what the provider's portal shows.
    func decideRefund(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let (ticket, reason, person) = (Ticket(parameters["ticket"]), visit.field("reason"), visit.visitor.name)
        return try await decide(
            ticket, reason,
            Decisions(
                name: "refund", approve: { [shop] in try await shop.approveRefund(ticket, by: person).amount },
                reject: { [shop] in _ = try await shop.rejectRefund(ticket, by: person, reason: reason) },
                resolve: { [shop] hasMoved in
                    try await shop.resolveRefund(ticket, hasGoneBack: hasMoved, by: person, reason: reason).state
                }), visit)
    }

    /// `POST /admin/payouts/<ticket>`: the same for money to somebody else.
    func decidePayout(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let (ticket, reason, person) = (Ticket(parameters["ticket"]), visit.field("reason"), visit.visitor.name)
        return try await decide(
            ticket, reason,
            Decisions(
                name: "payout", approve: { [shop] in try await shop.approvePayout(ticket, by: person).amount },
                reject: { [shop] in _ = try await shop.rejectPayout(ticket, by: person, reason: reason) },
                resolve: { [shop] hasMoved in
                    try await shop.resolvePayout(ticket, hasMoved: hasMoved, by: person, reason: reason).state
                }), visit)
    }

    private func decide(
        _ ticket: Ticket, _ reason: String, _ decisions: Decisions, _ visit: StaffVisit
    ) async throws -> Response {
        let words = visit.words
        let deed: Deed
        switch visit.field("do") {
        case "approve":
            deed = Deed(action: "\(decisions.name)_approved", subject: ticket.value) {
                words("staff_\(decisions.name)_approved", try await decisions.approve().description)
            }
        case "reject":
            deed = Deed(action: "\(decisions.name)_rejected", subject: ticket.value, reason: reason) {
                try await decisions.reject()
                return words("staff_refund_rejected")
            }
        case let seen where seen == "moved" || seen == "not_moved":
            deed = Deed(action: "\(decisions.name)_resolved", subject: ticket.value, reason: "\(seen): \(reason)") {
                let state = try await decisions.resolve(seen == "moved")
                return words("staff_refund_resolved", words("staff_refund_state_\(state.name)"))
            }
        default: throw PageProblem(400)
        }
        return try await perform(deed, at: backPath(visit), visit)
    }

    /// `POST /admin/money/assign`: money that waited is given to its order.
    func assignMoney(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let receipt = visit.field("receipt", atMost: 40)
        guard let number = OrderNumber(visit.field("number", atMost: 20)) else {
            throw StaffProblem("number", "staff_number_bad")
        }
        let deed = Deed(action: "money_assigned", subject: number.text, reason: receipt) { [shop] in
            try await shop.assign(receipt: receipt, to: number, by: visit.visitor.name)
            return visit.words("staff_money_assigned", receipt, number.text)
        }
        return try await perform(deed, at: "/admin/money", visit)
    }

    /// `POST /admin/money/check`: is this receipt real?
    func checkReceipt(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let code = visit.field("receipt", atMost: 40).uppercased()
        guard !code.isEmpty else { throw StaffProblem("receipt", "err_code_empty") }
        guard !code.holdsPhone else { throw StaffProblem("receipt", "err_code_form") }
        let words = visit.words
        let deed = Deed(action: "receipt_checked", subject: code) { [self] in
            switch try await standing(of: code, for: nil) {
            case .notAReceipt: throw StaffProblem("receipt", "err_code_form")
            case .known(let capture, let order):
                return words(
                    order == nil ? "staff_real_free" : "staff_real_used", code, capture.amount.description,
                    order?.text ?? "")
            case .refused: return words("staff_receipt_refused", code)
            case .asked: return words("staff_receipt_asked", code)
            case .needsPerson: return words("staff_receipt_person", code)
            case .cannotAsk: return words("staff_receipt_later", code)
            }
        }
        return try await perform(deed, at: "/admin/money", visit)
    }
}
