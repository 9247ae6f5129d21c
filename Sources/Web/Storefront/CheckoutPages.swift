import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// What the customer has typed so far, kept whatever happens, and what is wrong with it.
struct TypedCheckout: Codable {
    var name = "", phone = "", email = "", delivery = "", place = "", provider = "", shownTotal = ""
    var formToken: String?
    var usesAnyway = false
    /// What was typed for any of the ways to pay, by the names of the fields.
    var fields: [String: String] = [:]
    /// ``Cart/text``
    var cart: String
    var problems: [FormProblem] = []
    /// Whether ``shownTotal`` is not what it costs.
    var isTotalOld = false

    init(cart: Cart) { self.cart = cart.text }

    init(_ form: Form, cart: Cart) {
        func text(_ name: String) -> String { String((form[name] ?? "").prefix(2_000)) }
        name = text("name")
        phone = text("phone")
        email = text("email")
        delivery = text("delivery")
        place = text("place")
        provider = text("provider")
        shownTotal = text("shown_total")
        formToken = form["form_token"]
        usesAnyway = form["use_anyway"] == "1"
        self.cart = cart.text
    }
}

extension Site {
    /// `GET /checkout`: the form, empty or as it was sent before.
    func checkoutForm(_ request: Request, _: Route.Parameters) async throws -> Response {
        let visit = Visit(request, site: self)
        let kept: (form: TypedCheckout, isOwn: Bool)? = try await draft(of: .checkout, visit)
        guard var typed = kept?.form else {
            var empty = TypedCheckout(cart: visit.cart)
            empty.delivery = request.query["delivery"] ?? ""
            return try await checkoutPage(visit, empty)
        }
        if kept?.isOwn != true { typed.formToken = nil }
        // Sent again after all, from another tab or before going back.
        if let page = try await shop.orderPage(ofCheckoutForm: typed.formToken ?? "") { return orderRedirect(page) }
        typed.problems.removeAll { $0.isOver(at: shop.now()) }
        return try await checkoutPage(visit, typed)
    }

    /// `POST /checkout`: places the order and starts its payment, or leads to the form again with everything that was
    /// typed.
    func placeOrder(_ request: Request, _: Route.Parameters) async throws -> Response {
        let form = try request.form()
        let visit = Visit(request, site: self, form: form)
        // The page carries the cart it showed; a cookie that another tab changed meanwhile does not count.
        let cart = form["c"].map { Cart(text: $0) } ?? visit.cart
        var typed = TypedCheckout(form, cart: cart)
        typed.fields = typedFields(form)
        if form["switch_language"] != nil || form["update"] != nil {
            return try await checkoutAgain(visit, typed, status: 200)
        }
        if !typed.shownTotal.isEmpty {
            let total = try await shop.price(cart, delivery: typed.delivery).totals.total
            let isKnown = total.whole.map { "\($0)" } == typed.shownTotal
            // A form that was used already leads to its order, whatever things cost by now.
            if !isKnown, try await shop.orderPage(ofCheckoutForm: typed.formToken ?? "") == nil {
                typed.isTotalOld = true
                return try await checkoutAgain(visit, typed, status: 409)
            }
        }
        let provider = typed.provider.isEmpty ? shop.offeredProviders.first?.name ?? "" : typed.provider
        let isByHand = try await paysByHand(form, typed)
        let result = try await shop.placeOrder(
            CheckoutForm(
                name: typed.name, phone: typed.phone, email: typed.email, delivery: typed.delivery, place: typed.place,
                provider: provider,
                formToken: typed.formToken ?? "", cart: cart, language: visit.language,
                usesOtherNetwork: typed.usesAnyway, paysByHand: isByHand,
                fields: Self.fields(of: provider, in: typed.fields)),
            from: Caller(request.client))
        switch result {
        case .placed(let pageToken):
            metrics.countOrder()
            var response = orderRedirect(shop.leadsToPage(provider) && !isByHand ? "\(pageToken)/go" : pageToken)
            if visit.hasCookie { response.headers.append(visit.cartCookie(Cart())) }
            return response
        case .problems(let problems):
            typed.problems = problems
            return try await checkoutAgain(visit, typed, status: 422)
        }
    }

    /// Whether the button for an order without a prompt was pressed, where one can be paid so.
    private func paysByHand(_ form: Form, _ typed: TypedCheckout) async throws -> Bool {
        guard form["by_hand"] == "1" else { return false }
        return try await canPayByHand(typed.provider)
    }

    private func canPayByHand(_ provider: String) async throws -> Bool {
        let name = provider.isEmpty ? shop.offeredProviders.first?.name ?? "" : provider
        guard shop.provider(name)?.abilities.incoming != nil else { return false }
        return try await shop.takesIncoming(name)
    }

    func orderRedirect(_ pageToken: String) -> Response {
        var response = Response.redirect(to: "/orders/\(pageToken)")
        response.headers += Self.privateHeaders
        return response
    }

    /// Leads to the page that shows the form again.
    ///
    /// - Parameter status: Of that page as the answer itself: when the form cannot be kept, or is not one of ours.
    private func checkoutAgain(_ visit: Visit, _ typed: TypedCheckout, status: Int) async throws -> Response {
        var typed = typed
        let isOurs = shop.isOurs(formToken: typed.formToken ?? "", for: .checkout)
        let token = checkoutToken(typed)
        typed.formToken = token
        if isOurs,
            let response = await redirect(to: "/checkout", showing: typed, of: .checkout, token: token, visit)
        {
            return response
        }
        var response = try await checkoutPage(visit, typed, status: status)
        visit.remember(in: &response)
        return response
    }

    private func checkoutPage(_ visit: Visit, _ typed: TypedCheckout, status: Int = 200) async throws -> Response {
        let cart = Cart(text: typed.cart)
        let choices = try await shop.price(cart, delivery: typed.delivery)
        let offered = shop.offeredProviders(for: choices.totals.total)
        let visit = speaking(visit, of: offered)
        let words = visit.words
        guard !choices.lines.isEmpty || !typed.problems.isEmpty else {
            var response = Response.redirect(to: "/cart\(visit.cartSuffix)")
            response.headers += Self.privateHeaders
            return response
        }
        let chosen = choices.delivery ?? choices.choices.first
        let way = offered.first { $0.name == typed.provider } ?? offered.first
        let told = ProblemWords(
            typed.problems, words: words, lines: choices.lines, way: way, language: visit.language)

        var context = visit.context(title: words("checkout_title"), hasErrors: !told.summary.isEmpty)
        context["carry"] = [["carry_name": "c", "carry_value": cart.text]]
        if !told.summary.isEmpty { context["error_summary"] = told.summary }
        if !told.fields.isEmpty { context["errors"] = told.fields }
        if let warning = told.networkWarning { context["network_warning"] = warning }
        context["use_anyway"] = typed.usesAnyway
        context["lines"] = choices.lines.map { line -> Context in
            [
                "product_name": line.name[visit.language], "quantity": "\(line.quantity)",
                "line_total": line.total.description,
            ]
        }
        context["cart_href"] = "/cart\(visit.cartSuffix)"
        let totals = Totals(lines: choices.lines, delivery: chosen?.fee ?? Money(minor: 0, .kes))
        try await addNews(typed, totals, words, to: &context)
        context["subtotal"] = totals.goods.description
        context["delivery_fee"] = fee(totals.delivery, words)
        context["total"] = totals.total.description
        context["vat_line"] = vatLine(totals, words)
        let payKey = Self.payKey(offered)
        context["pay_label"] = words(payKey, totals.total.description)
        context["switch_form"] =
            ["form_id": "checkout", "default_label": words(payKey, totals.total.description)] as Context
        context["any_place"] = choices.choices.contains(where: \.needsPlace)
        context["deliveries"] = choices.choices.enumerated().map { place, choice in
            delivery(
                choice, id: place == 0 ? "delivery" : "delivery-\(place + 1)", isChosen: choice.code == chosen?.code,
                Totals(lines: choices.lines, delivery: choice.fee), visit)
        }
        addWays(offered, typed, told, visit, to: &context)
        context["form"] =
            [
                "name": typed.name, "phone": typed.phone, "email": typed.email, "place": typed.place,
                "provider": way?.name ?? "",
                "form_token": checkoutToken(typed), "shown_total": totals.total.whole.map { "\($0)" } ?? "",
            ] as Context
        return render(.checkout, context, status: status, headers: leadingOn(Self.privateHeaders))
    }

    /// The button's words: where some pay later, it only orders.
    private static func payKey(_ offered: [(name: String, manifest: Manifest)]) -> String {
        offered.contains { $0.manifest.offline != nil } ? "pay_button_order" : "pay_button"
    }

    /// The look of a checkout with these ways to pay: with the name of the only one, or with none.
    private func speaking(_ visit: Visit, of offered: [(name: String, manifest: Manifest)]) -> Visit {
        let named = offered.count == 1 ? speaking(visit, of: offered[0].name) : visit
        return offered.contains { $0.manifest.page != nil } ? named.payingOnPage : named
    }

    /// The ways to pay, the first or the chosen one checked, each with its fields.
    private func addWays(
        _ offered: [(name: String, manifest: Manifest)], _ typed: TypedCheckout, _ told: ProblemWords,
        _ visit: Visit, to context: inout Context
    ) {
        let words = visit.words
        if let hint = emailHint(offered, words) { context["email_hint"] = hint }
        func fields(_ way: (name: String, manifest: Manifest)) -> [Context] {
            wayFields(way, typed.fields, errors: told.fields, words)
        }
        guard offered.count > 1 else {
            let own = offered.first.map(fields) ?? []
            if !own.isEmpty { context["only_fields"] = own }
            return
        }
        let isKnown = offered.contains { $0.name == typed.provider }
        let choices = offered.enumerated().map { place, provider -> Context in
            let own = fields(provider)
            var choice: Context = [
                "provider_value": provider.name, "provider_id": place == 0 ? "provider" : "provider-\(place + 1)",
                "provider_label": provider.manifest.name(in: visit.language.rawValue), "has_fields": !own.isEmpty,
                "way_fields": own,
                "provider_checked": isKnown ? provider.name == typed.provider : place == 0,
            ]
            if let percent = shop.depositPercent(of: provider.manifest) {
                choice["provider_note"] = words("deposit_note", "\(percent)")
            }
            return choice
        }
        context["providers"] = ["choices": choices] as Context
    }

    private func delivery(
        _ choice: DeliveryChoice, id: String, isChosen: Bool, _ totals: Totals, _ visit: Visit
    ) -> Context {
        [
            "delivery_value": choice.code, "delivery_id": id, "delivery_label": choice.name[visit.language],
            "checked": isChosen, "needs_place": choice.needsPlace, "choice_fee": fee(choice.fee, visit.words),
            "choice_total": totals.total.description, "choice_vat": vatLine(totals, visit.words),
            "choice_pay": visit.words(Self.payKey(shop.offeredProviders), totals.total.description),
            "choice_shown": totals.total.whole.map { "\($0)" } ?? "",
        ]
    }

    /// What should be known before paying: another total, a provider that does badly and the way around it.
    private func addNews(
        _ typed: TypedCheckout, _ totals: Totals, _ words: WordBook.Words, to context: inout Context
    ) async throws {
        var notices: [Context] = []
        if typed.isTotalOld {
            let text = words("total_changed", totals.total.description)
            notices.append(["notice_text": text, "notice_warn": true])
        }
        if shop.offeredProviders.isEmpty {
            notices.append(["notice_text": words("no_way_to_pay"), "notice_warn": true])
        }
        let provider = typed.provider.isEmpty ? shop.offeredProviders.first?.name ?? "" : typed.provider
        if let weather = try await shop.weather(of: provider), weather.isBad {
            let canPayByHand = try await canPayByHand(provider)
            notices.append(weatherNotice(weather, canPayByHand, words))
            if canPayByHand { context["hand_label"] = words("checkout_by_hand", totals.total.description) }
        }
        if !notices.isEmpty { context["notices"] = notices }
    }

    /// The same token as long as it is good, so that a corrected form is still the one form.
    private func checkoutToken(_ typed: TypedCheckout) -> String {
        guard let token = typed.formToken, shop.isGood(formToken: token, for: .checkout) else {
            return shop.formToken(for: .checkout)
        }
        return token
    }

    func fee(_ fee: Money, _ words: WordBook.Words) -> String { fee.minor == 0 ? words("free") : fee.description }

    func vatLine(_ totals: Totals, _ words: WordBook.Words) -> String {
        totals.vat.minor == 0 ? words("vat_none") : words("vat_included", totals.vat.description)
    }
}
