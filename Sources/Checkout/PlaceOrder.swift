import Commerce
import Database
import PaymentKit
import Storage

/// What the checkout form says, as typed.
package struct CheckoutForm: Sendable {
    package var name, phone, email, delivery, place, provider, formToken: String
    package var cart: Cart
    package var language: Language
    /// The customer was told that the number looks like another network's and wants it used.
    package var usesOtherNetwork: Bool
    /// The customer wants no prompt: the order's page shows how to pay without one.
    package var paysByHand: Bool
    /// What was typed for the way to pay that was chosen, by the keys of its form.
    package var fields: [String: String]

    package init(
        name: String, phone: String, email: String, delivery: String, place: String, provider: String,
        formToken: String,
        cart: Cart, language: Language, usesOtherNetwork: Bool, paysByHand: Bool = false, fields: [String: String] = [:]
    ) {
        self.fields = fields
        self.paysByHand = paysByHand
        self.name = name
        self.phone = phone
        self.email = email
        self.delivery = delivery
        self.place = place
        self.provider = provider
        self.formToken = formToken
        self.cart = cart
        self.language = language
        self.usesOtherNetwork = usesOtherNetwork
    }
}

/// A number of a network whose lines a provider's prompts may not reach, by the networks' names.
package struct StrangeNetwork: Sendable, Hashable, Codable {
    /// The number's, by its prefix.
    package let phone: String
    package let provider: String
    /// The one that the provider's prompts reach.
    package let reached: String
}

/// What is wrong with a form, one for each field at most. The page finds the words.
package enum FormProblem: Sendable, Hashable, Codable {
    case nameMissing, nameTooLong
    case phone(PhoneNumber.Problem)
    /// A hint, not a refusal: asked once.
    case phoneOfOtherNetwork(StrangeNetwork)
    case emailWrong
    case deliveryMissing
    case placeMissing, placeTooLong
    case providerUnknown
    /// The way to pay of this name cannot do without.
    case emailNeeded(by: String)
    /// A field of the way to pay that was chosen.
    case fieldMissing(key: String)
    case fieldWrong(key: String)
    case cartEmpty
    /// Fewer pieces are left than asked for.
    case outOfStock(slug: String, left: Int)
    case formTooOld
    /// The shop takes orders up to this much.
    case orderTooLarge(Money)
    case refused(StartRefusal)

    /// Whether it was a matter of time, and the time has come.
    package func isOver(at now: Timestamp) -> Bool {
        if case .refused(.tooMany(let until)) = self { return until <= now }
        return false
    }
}

/// What came of sending the checkout form.
package enum PlaceOrderResult: Sendable {
    /// The order stands, placed now or by an earlier copy of the same form; the secret of its page.
    case placed(pageToken: String)
    case problems([FormProblem])
}

extension Shop {
    /// Places an order and starts its first payment, in one transaction (T0 and T1). An order that is paid by hand
    /// starts none, unless a deposit of it is paid first.
    ///
    /// The same form again, at the same time or later, gives the same order and starts nothing (S2). Prices come from
    /// the catalogue, never from the form (S1).
    package func placeOrder(_ form: CheckoutForm, from caller: Caller) async throws -> PlaceOrderResult {
        let now = now()
        guard let formKey = tokens.verify(formToken: form.formToken, for: FormPurpose.checkout.text, at: now) else {
            return .problems([.formTooOld])
        }
        let pageToken = tokens.pageToken(form: formKey)
        if try await database.read({ try $0.use(ofForm: formKey) }) != nil,
            try await database.transaction({ try $0.confirmUse(ofForm: formKey) })
        {
            return .placed(pageToken: pageToken)
        }

        let basket = try await price(form.cart, delivery: form.delivery)
        var checked: Checked
        switch check(form, basket) {
        case .failure(let found): return .problems(found.list)
        case .success(let good): checked = good
        }
        guard let pageKey = AddressTokens.pageKey(pageToken) else {
            preconditionFailure("A page token is 22 characters.")
        }
        let offline = provider(checked.provider.name)?.abilities.manifest.offline
        let promptSeconds = orderExpirySeconds(try await weather(of: form.provider))
        let keptSeconds = max(offline.map { Int($0.holdFor) } ?? 0, promptSeconds)
        let depositWay = depositWay(of: checked.placement, offline)
        if let depositWay {
            checked.placement.deposit = Deposit(
                amount: depositWay.amount, keptUntil: now.adding(seconds: keptSeconds))
        }
        let expiresAt = now.adding(seconds: depositWay == nil ? keptSeconds : promptSeconds)
        let isByHand = form.paysByHand || offline != nil
        let first = depositWay.map { ($0.provider, $0.fields) } ?? (isByHand ? nil : (checked.provider, checked.fields))
        do {
            try await database.transaction { [self, checked] transaction in
                let id = ID<Order>(at: now)
                guard try transaction.markUsed(form: formKey, for: id, at: now) else { return }
                try Self.reserve(checked.placement.lines, in: transaction)
                let order = try insert(checked.placement, id, pageKey, expiresAt: expiresAt, in: transaction, at: now)
                let placed = OrderEvent("order_placed", nil, checked.placement.totals.total.decimalText)
                if let (provider, fields) = first {
                    try startAttempt(
                        on: order, phone: checked.placement.phone, fields: fields, provider: provider, from: caller,
                        events: [placed], in: transaction, at: now)
                } else {
                    try awaitPaymentByHand(
                        order, phone: checked.placement.phone, from: caller, events: [placed], in: transaction, at: now)
                }
                try transaction.schedule(Job(.expire, id, dueAt: expiresAt))
            }
        } catch let shortage as OutOfStock {
            return .problems([.outOfStock(slug: shortage.slug, left: shortage.left)])
        } catch let refusal as StartRefusal {
            return .problems([.refused(refusal)])
        }
        wake.now()
        return .placed(pageToken: pageToken)
    }

    private static func reserve(_ lines: [PricedLine], in transaction: Transaction) throws {
        for line in lines where try !transaction.reserve(line.quantity, of: line.product) {
            throw OutOfStock(slug: line.slug, left: try transaction.product(slug: line.slug)?.stock ?? 0)
        }
    }

    private struct DepositWay {
        let amount: Money
        let provider: ProviderName
        let fields: [String: String]
    }

    /// By whom a deposit is asked for, if one is to be paid: on the customer's phone, and without anything more to fill
    /// in.
    private func depositWay(of placement: OrderPlacement, _ offline: OfflineTerms?) -> DepositWay? {
        guard offline?.isAtHandOver == true, let amount = rules.deposit(of: placement.totals.total) else { return nil }
        let able = ringingWays.compactMap { way -> (way: DepositWay, fits: Bool)? in
            let form = WayForm(way.manifest, typed: [:], email: placement.email ?? "")
            guard way.manifest.takes(amount), form.problems.isEmpty, let provider = providerName(way.name) else {
                return nil
            }
            let fits = way.manifest.network == nil || way.manifest.network == placement.phone.network
            return (DepositWay(amount: amount, provider: provider, fields: form.values), fits)
        }
        return (able.first(where: \.fits) ?? able.first)?.way
    }

    /// What of an order is paid first, in percent, where customers choose to pay by this way; nil where nothing is.
    package func depositPercent(of manifest: Manifest) -> Int? {
        guard manifest.offline?.isAtHandOver == true, rules.depositPercent > 0, !ringingWays.isEmpty else { return nil }
        return rules.depositPercent
    }

    private struct OutOfStock: Error {
        let slug: String
        let left: Int
    }

    /// Stores the order under a number that nobody has yet.
    func insert(
        _ placement: OrderPlacement, _ id: ID<Order>, _ pageKey: [UInt8], expiresAt: Timestamp,
        in transaction: Transaction, at now: Timestamp
    ) throws -> Order {
        for _ in 0..<4 {
            do {
                return try transaction.insert(
                    placement, id: id, number: OrderNumber(), pageKey: pageKey, expiresAt: expiresAt, vault, at: now)
            } catch let error as DatabaseError where error.kind == .duplicate { continue }
        }
        throw StaleWrite()
    }

    private struct Checked: Sendable {
        var placement: OrderPlacement
        let provider: ProviderName
        let fields: [String: String]
    }
    private struct Found: Error { let list: [FormProblem] }

    private func check(_ form: CheckoutForm, _ basket: Basket) -> Result<Checked, Found> {
        var problems: [FormProblem] = []
        if basket.lines.isEmpty { problems.append(.cartEmpty) }
        problems += basket.shortages.map { .outOfStock(slug: $0.slug, left: $0.left) }
        if basket.delivery == nil { problems.append(.deliveryMissing) }
        let place = form.place.trimmed
        if let delivery = basket.delivery, delivery.needsPlace {
            if place.isEmpty { problems.append(.placeMissing) }
        }
        if place.count > 200 || place.utf8.count > 1_000 { problems.append(.placeTooLong) }
        let name = form.name.trimmed
        if name.isEmpty { problems.append(.nameMissing) }
        // Bytes too: one character may have hundreds, and the column has an end.
        if name.count > 80 || name.utf8.count > 500 { problems.append(.nameTooLong) }
        let phone = Result { () throws(PhoneNumber.Problem) in try PhoneNumber(form.phone) }
        switch phone {
        case .failure(let problem): problems.append(.phone(problem))
        case .success(let number):
            if let network = strangeNetwork(of: number, for: form.provider), !form.usesOtherNetwork {
                problems.append(.phoneOfOtherNetwork(network))
            }
        }
        let email = form.email.trimmed
        if !email.isEmpty, !email.looksLikeEmail { problems.append(.emailWrong) }
        let provider = offeredProviders.contains { $0.name == form.provider } ? providerName(form.provider) : nil
        if provider == nil { problems.append(.providerUnknown) }
        if basket.totals.total.minor > rules.largestOrder.minor { problems.append(.orderTooLarge(rules.largestOrder)) }
        let manifest = self.provider(form.provider)?.abilities.manifest
        let wayForm = form.paysByHand ? nil : manifest.map { WayForm($0, typed: form.fields, email: email) }
        problems += wayForm?.problems ?? []
        if let manifest, !basket.lines.isEmpty {
            if !manifest.takes(basket.totals.total) {
                problems.append(
                    .refused(.amountOutOfRange(minimum: manifest.minimum, maximum: manifest.maximum)))
            }
        }
        guard problems.isEmpty, case .success(let number) = phone, let provider, let delivery = basket.delivery else {
            return .failure(Found(list: problems))
        }
        var placement = OrderPlacement(
            name: name, phone: number, email: email.isEmpty ? nil : email,
            place: delivery.needsPlace && !place.isEmpty ? place : nil, language: form.language, delivery: delivery,
            lines: basket.lines, totals: basket.totals)
        if self.provider(provider.name)?.abilities.manifest.offline != nil { placement.offlineWay = provider.name }
        return .success(Checked(placement: placement, provider: provider, fields: wayForm?.values ?? [:]))
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
