import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit

/// All that an order's page is made from.
struct OrderPageKey: Hashable, Sendable {
    let order: ID<Order>
    let version: Int64
    let language: Language
    let cart: String
    let isBadWeather: Bool
    /// ``Shop/settingsNumber``.
    let settings: Int
}

extension Site {
    /// `/orders/<token>`: what happened, what it means for the money, what to do now.
    func order(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let visit = Visit(request, site: self)
        let token = parameters["token"]
        let now = shop.now()
        guard let known = try await shop.orderVersion(pageToken: token) else {
            if wrongTokens.count(Caller(request.client).network, at: now) != nil { throw PageProblem(429) }
            throw PageProblem(404)
        }
        let key = OrderPageKey(
            order: known.id, version: known.version, language: visit.language,
            cart: visit.hasCookie ? "=\(visit.cart.text)" : visit.cart.text,
            isBadWeather: try await shop.allWeather().contains { $0.weather.isBad },
            settings: shop.settingsNumber)
        let isDraft = request.query["draft"] != nil
        if !isDraft, let page = orderPages.page(for: key, at: now) { return orderResponse(page, visit) }
        guard let view = try await shop.viewOrder(pageToken: token) else { throw PageProblem(404) }
        if isDraft, let typed = try await retryDraft(view, token, visit) {
            return orderResponse(try await orderPage(view, token, visit, typed), visit)
        }
        if isDraft, let typed = try await receiptDraft(view, token, visit) {
            return orderResponse(try await orderPage(view, token, visit, receipt: typed), visit)
        }
        let page = try await orderPage(view, token, visit)
        // A cart that comes along in the address could be anything, so its pages are not kept.
        if view.order.version == known.version, visit.cart.isEmpty {
            orderPages.keep(page, for: key, until: nextChange(of: view))
        }
        return orderResponse(page, visit)
    }

    func orderResponse(_ page: SharedBytes, _ visit: Visit, status: Int = 200) -> Response {
        var response = Response(status: status, headers: leadingOn(Self.htmlHeaders.personal), body: .bytes(page))
        visit.remember(in: &response)
        return response
    }

    /// When the page would look different although nothing was stored.
    private func nextChange(of view: OrderView) -> Timestamp {
        var times = [view.readAt.adding(seconds: 3_600)]
        if let attempt = view.latest { times.append(attempt.startedAt.adding(seconds: shop.rules.promptSeconds)) }
        // What counts seconds on the page.
        if view.retryAt != nil || view.queue != nil || view.explanation.reason == .checking {
            times.append(view.readAt.adding(seconds: 1))
        }
        times += view.lookups.flatMap {
            [$0.askedAt.adding(seconds: Self.answerSeconds), $0.askedAt.adding(seconds: Shop.checkedSeconds)]
        }
        if view.awaitsLookup, let readAt = view.listReadAt { times.append(readAt) }
        times += [view.order.expiresAt] + view.pageTurns
        return times.filter { $0 > view.readAt }.min() ?? view.readAt
    }

    /// What was typed into the retry form, and what is wrong with it.
    struct TypedRetry: Codable {
        var phone: String
        var formToken: String?
        var usesAnyway: Bool
        var problems: [FormProblem] = []

        init(_ form: Form) {
            phone = String((form["phone"] ?? "").prefix(200))
            formToken = form["form_token"]
            usesAnyway = form["use_anyway"] == "1"
        }
    }

    /// `POST /orders/<token>/pay`: another prompt, to the same or another number.
    func payAgain(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let form = try request.form()
        let visit = Visit(request, site: self, form: form)
        let token = parameters["token"]
        var typed = TypedRetry(form)
        if form["switch_language"] == nil {
            let result = try await shop.payAgain(
                pageToken: token, phone: typed.phone, usesOtherNetwork: typed.usesAnyway,
                formToken: typed.formToken ?? "", from: Caller(request.client))
            if case .started = result, let way = try await shop.wayToPage(pageToken: token), way != WayToPage.none {
                return orderRedirect("\(token)/go")
            }
            switch result {
            case .unknown: throw PageProblem(404)
            // A prompt that is still alive, or an order that cannot be paid any more: the page itself says so.
            case .started, .problems([.refused(.stillOpen)]), .problems([.refused(.notPayable)]):
                return orderRedirect(token)
            case .problems(let problems): typed.problems = problems
            }
        }
        let purpose = FormPurpose.retry(pageToken: token)
        if shop.isOurs(formToken: typed.formToken ?? "", for: purpose) {
            let formToken = retryToken(typed, token)
            typed.formToken = formToken
            if let response = await redirect(
                to: "/orders/\(token)", showing: typed, of: purpose, token: formToken, visit)
            {
                return response
            }
        }
        guard let view = try await viewOrder(request, parameters) else { throw PageProblem(404) }
        return orderResponse(
            try await orderPage(view, token, visit, typed), visit, status: typed.problems.isEmpty ? 200 : 422)
    }

    /// What was typed into the retry form before, as long as it is about the order as it is now.
    private func retryDraft(_ view: OrderView, _ token: String, _ visit: Visit) async throws -> TypedRetry? {
        let purpose = FormPurpose.retry(pageToken: token)
        let kept: (form: TypedRetry, isOwn: Bool)? = try await draft(of: purpose, visit)
        guard var typed = kept?.form else { return nil }
        // Paid, in someone's hand, or sent after all: what was wrong once is no news then.
        let isLast = typed.problems == [.refused(.noAttemptsLeft)] && view.isOpen
        guard view.canRetry || isLast, try await !shop.wasUsed(formToken: typed.formToken ?? "", for: purpose) else {
            return nil
        }
        if kept?.isOwn != true { typed.formToken = nil }
        typed.problems.removeAll { $0.isOver(at: view.readAt) }
        return typed
    }

    /// The same token as long as it is good, so that a corrected form is still the one form.
    private func retryToken(_ typed: TypedRetry?, _ token: String) -> String {
        let purpose = FormPurpose.retry(pageToken: token)
        guard let formToken = typed?.formToken, shop.isGood(formToken: formToken, for: purpose) else {
            return shop.formToken(for: purpose)
        }
        return formToken
    }

    /// - Parameters:
    ///   - typed: What was typed into the retry form before.
    ///   - receipt: What was typed into the form for a receipt before.
    func orderPage(
        _ view: OrderView, _ token: String, _ visit: Visit, _ typed: TypedRetry? = nil, receipt: TypedReceipt? = nil
    ) async throws -> SharedBytes {
        let prompting = shop.offeredProviders.first { $0.manifest.offline == nil }?.name
        let instance = view.captures.last?.instance ?? view.latest?.instance ?? prompting
        let named = speaking(visit, of: instance)
        let isOnPage = view.latest.map { shop.leadsToPage($0.instance) } ?? false
        let visit = isOnPage ? named.payingOnPage : named
        let words = visit.words
        let reason = view.explanation.reason
        let told = ProblemWords(typed?.problems ?? [], words: words, language: visit.language)
        var errors = told.summary
        let asked = shop.providerOfReceipts(after: view.latest?.instance)?.name
        if let problem = receipt?.problem, let text = Self.words(of: problem, speaking(visit, of: asked).words) {
            errors.append(["error_href": "#code", "error_text": text])
        }
        var context = visit.context(title: words("order_title", view.order.number.text), hasErrors: !errors.isEmpty)
        if !errors.isEmpty { context["error_summary"] = errors }
        var order = story(of: view, token, visit)
        let status = OrderStatusObject(view)
        order["version"] = status.version
        order["pay_page"] = payPage(view, token, words)
        if isLive(view, status) {
            order["status_url"] = "/orders/\(token)/status"
            order["events_url"] = "/orders/\(token)/events"
            order["watched"] = view.isWatched
            context["live"] = true
        }
        let weather = try await weather(for: view)
        let isHandFirst = weather != nil || view.explanation.customer == .payByHand || view.attempts.isEmpty
        if let hand = await payByHand(view, token, visit, isFirst: isHandFirst) {
            order["hand"] = hand
            order["hand_first"] = isHandFirst
        }
        if let form = receiptForm(view, token, visit, receipt) { order["receipt_form"] = form }
        if let seconds = pay(view, typed, told, token, visit, into: &order) {
            context["refresh_seconds"] = "\(seconds)"
        } else if order["retry"] == nil, receipt == nil, let seconds = refreshSeconds(view) {
            context["refresh_seconds"] = "\(seconds)"
        }
        if order["retry"] != nil {
            let label = words(
                reason.isFirstPayment ? "retry_button_first" : "retry_button", view.order.due.description)
            context["switch_form"] = ["form_id": "retry", "default_label": label] as Context
        } else if order["receipt_form"] != nil {
            context["switch_form"] = ["form_id": "receipt-code", "default_label": words("receipt_button")] as Context
        }
        let notices =
            [weather.map { weatherNotice($0, view.isPayableByHand, words) }].compactMap(\.self)
            + moneyNotices(view, words) + goneNotice(view, visit)
        if !notices.isEmpty { context["notices"] = notices }
        context["order"] = order
        return page(.order, context)
    }

    /// What a customer must know who paid, or began to, by a way that is not here any more.
    private func goneNotice(_ view: OrderView, _ visit: Visit) -> [Context] {
        guard let attempt = view.latest, attempt.state != .paid, view.status != .paid, shop.isGone(attempt.instance)
        else { return [] }
        let name = shop.manifest(of: attempt.instance)?.name(in: visit.language.rawValue) ?? attempt.instance
        return [["notice_text": visit.words("notice_way_gone", name), "notice_warn": true]]
    }

    /// Whether anything may still change by itself.
    func isLive(_ view: OrderView, _ status: OrderStatusObject) -> Bool {
        let owesMoney = !view.order.flags.isDisjoint(with: [.duplicatePayment, .overpaid])
        if owesMoney || view.refunds.contains(where: \.state.isOpen) { return true }
        return !status.isSettled && view.explanation.reason != .reversed
    }

    /// Seconds between two looks without script; nil when nothing changes soon.
    private func refreshSeconds(_ view: OrderView) -> Int? {
        if let seconds = view.explanation.reason.refreshSeconds { return seconds }
        if view.awaitsLookup { return 5 }
        return view.explanation.reason == .paid && view.receipt == nil ? 5 : nil
    }

    /// How the provider does, when the shopper should know before another prompt.
    private func weather(for view: OrderView) async throws -> ProviderWeather? {
        guard view.canRetry, let name = view.latest?.instance ?? view.payableByHand,
            let weather = try await shop.weather(of: name), weather.isBad
        else { return nil }
        return weather
    }

    func weatherNotice(_ weather: ProviderWeather, _ isPayableByHand: Bool, _ words: WordBook.Words) -> Context {
        let bad = "\(weather.unansweredOfTen)"
        let text = isPayableByHand ? words("notice_mpesa_slow_hand", bad) : words("notice_mpesa_slow", bad)
        return ["notice_text": text, "notice_warn": true]
    }

    /// The form to pay again, or when that will be possible.
    ///
    /// - Returns: Seconds between two looks without script, while there is something to wait for.
    private func pay(
        _ view: OrderView, _ typed: TypedRetry?, _ told: ProblemWords, _ token: String, _ visit: Visit,
        into order: inout Context
    ) -> Int? {
        guard !view.isCheckingReceipt else { return nil }
        if view.canRetry, let retryAt = view.retryAt {
            order["pause"] = pause(until: retryAt, view, visit.words, "retry_wait")
            return 15
        }
        if view.canRetry {
            order["retry"] = retryForm(view, token, visit, typed, told)
        } else if view.explanation.reason == .checking, let live = view.latest, live.state.isLive,
            live.claimReceipt == nil
        {
            let end = live.startedAt.adding(seconds: shop.rules.attemptSeconds)
            if end > view.readAt { order["pause"] = pause(until: end, view, visit.words, "retry_alive") }
        }
        return nil
    }

    private func pause(until end: Timestamp, _ view: OrderView, _ words: WordBook.Words, _ key: String) -> Context {
        let seconds = "\(max(1, end.seconds(since: view.readAt.adding(milliseconds: -999))))"
        return [
            "pause_seconds": seconds, "pause_label": words("retry_in", seconds), "pause_words": words("retry_in", "#"),
            "pause_text": words(key, end.eastAfrica.clockWithSeconds),
        ]
    }

    private func retryForm(
        _ view: OrderView, _ token: String, _ visit: Visit, _ typed: TypedRetry?, _ told: ProblemWords
    ) -> Context {
        let words = visit.words
        var form: Context = [
            "action": "/orders/\(token)/pay",
            "form_token": retryToken(typed, token),
            "phone": typed?.phone ?? "",
            "retry_label": words(
                view.explanation.reason.isFirstPayment ? "retry_button_first" : "retry_button",
                view.order.due.description),
            "retry_anyway": typed?.usesAnyway ?? false,
            "asks_phone": view.latest.map { shop.asksPhone($0.instance) } ?? true,
        ]
        if view.latest?.hasUnknownEnd == true { form["retry_asks"] = words("retry_asks") }
        if let phone = view.latest?.phone { form["phone_hint"] = words("retry_phone_hint", phone.ending) }
        if let warning = told.networkWarning {
            form["retry_warning"] = warning
        } else {
            form["phone_error"] = told.fields["phone"] ?? told.summary.first?["error_text"]
        }
        return form
    }

    private func heldUntil(_ view: OrderView, _ words: WordBook.Words) -> String {
        let end = view.order.expiresAt.eastAfrica
        let isToday = end.date == view.readAt.eastAfrica.date
        return words("held_until", isToday ? end.clock : "\(end.date) \(end.clock)")
    }

    private func story(of view: OrderView, _ token: String, _ visit: Visit) -> Context {
        let words = visit.words
        let scene = view.explanation.reason
        let order = view.order
        var context: Context = [
            "order_number": order.number.text, "self_href": "/orders/\(token)", "look": scene.look,
            "is_\(scene.look)": true, "headline": words("state_\(scene.rawValue)_headline"),
            "explanation": explanation(of: view, scene, words),
            "order_lines": view.lines.map { line -> Context in
                [
                    "product_name": line.name[visit.language], "quantity": "\(line.quantity)",
                    "line_total": line.total.description,
                ]
            },
            "subtotal": order.goods.description, "delivery_label": order.deliveryName[visit.language],
            "delivery_fee": fee(order.delivery, words), "total": order.total.description,
            "vat_line": order.vat.minor == 0 ? words("vat_none") : words("vat_included", order.vat.description),
        ]
        if let step = view.explanation.nextStep(words) { context["next_step"] = step }
        if let queue = view.queue {
            context["queue_text"] = words("queue_text", "\(queue.number)", "\(queue.seconds)")
            if queue.isTooLate { context["queue_late"] = words("queue_late", queue.until.eastAfrica.clockWithSeconds) }
        }
        let news = receiptNews(view, visit)
        if !news.isEmpty { context["receipt_news"] = news }
        let moves = moves(view, words)
        if !moves.isEmpty {
            context["has_moves"] = true
            context["moves"] = moves
        }
        if let place = view.contact.place { context["place"] = place }
        if let attempt = view.latest, let ending = attempt.phone?.ending, scene == .waiting || scene == .unsure {
            context["waiting"] =
                [
                    "ending": ending, "ending_spoken": ending.map(String.init).joined(separator: " "),
                    "amount": attempt.amount.description, "business": shop.name.uppercased(),
                    "until": attempt.startedAt.adding(seconds: shop.rules.promptSeconds).eastAfrica.clockWithSeconds,
                ] as Context
        }
        if scene == .paid {
            var paid: Context = ["paid_amount": order.total.description, "receipt_href": "/orders/\(token)/receipt"]
            if let receipt = view.receipt { paid["code"] = receipt }
            paid["code_label"] = codeLabel(of: view.captures.last?.instance ?? view.latest?.instance, visit)
            context["paid"] = paid
        }
        add(goodsOf: view, words, to: &context)
        if order.applied.minor > 0, scene != .paid {
            context["paid_so_far"] = order.applied.description
            context["left_to_pay"] = order.standing.remainder.description
        }
        if view.canRetry || view.isPayableByHand, !order.hasLeftShop { context["held_until"] = heldUntil(view, words) }
        if scene == .expired || scene == .orderCancelled {
            context["again"] =
                [
                    "again_action": "/orders/\(token)/again", "again_token": shop.formToken(for: .orderAgain),
                    "again_text": words("back_order_again"), "again_about": words("again_about"),
                ] as Context
        }
        return context
    }

    private func explanation(
        of view: OrderView, _ scene: OrderExplanation.Reason, _ words: WordBook.Words
    ) -> String {
        switch scene {
        case .partPaid:
            return words(
                "state_part_paid_explanation", view.order.applied.description, view.order.standing.remainder.description
            )
        case .promised where view.order.applied.minor > 0:
            return words(
                "state_promised_part", view.order.applied.description, view.order.standing.remainder.description)
        case .promised where view.order.hasLeftShop: return words("order_goods_unpaid")
        case .reversed: return words("state_reversed_explanation", view.order.returned.description)
        case .lateMoney: return words("state_late_money_explanation", view.order.received.description)
        case .partHeld:
            return words(
                "state_part_held_explanation", view.order.applied.description, view.order.standing.remainder.description
            )
        // For a no that has no scene of its own, the provider's folder has the better sentence.
        case .declinedOther, .providerBusy:
            return view.latest?.state.decline?.words[words.language.rawValue]
                ?? words("state_\(scene.rawValue)_explanation")
        default: return words("state_\(scene.rawValue)_explanation")
        }
    }
}

extension OrderExplanation.Reason {
    /// Whether paying now is not "again".
    fileprivate var isFirstPayment: Bool { self == .unpaid || self == .promised || self == .partPaid }
}
