import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// The shop's own payments, what stands in its accounts, and what the provider takes.
extension Site {
    // MARK: Payouts

    /// `GET /admin/payouts`: asking for a payment of the shop's own, and what became of those before.
    func payoutsPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_payouts_title"))
        context["payout_limit"] = words("staff_payout_second", shop.rules.secondPersonFrom.description)
        context["forms"] = shop.providerNames.compactMap { name, manifest -> Context? in
            guard let abilities = shop.provider(name)?.abilities, abilities.payouts != nil else { return nil }
            let key = "payout-\(name)"
            let isThis = draft?.form == key
            func typed(_ field: String) -> String { isThis ? draft?.typed[field] ?? "" : "" }
            var form = Self.form(key, draft)
            form["payout_provider"] = name
            form["payout_name"] = manifest.name
            form["amount_typed"] = typed("amount")
            form["why_typed"] = typed("reason")
            form["payee_fields"] = manifest.payoutForm.map { spec in
                Self.field(
                    spec, words, typed(spec.key), isThis ? draft?.problems.first { $0.field == spec.key }?.text : nil)
            }
            return form
        }
        let payouts = try await shop.payouts()
        let charges = try await shop.charges(of: payouts)
        context["payouts"] = payouts.map { one -> Context in
            var row = payout(one, draft, visit)
            if let charge = charges[one.ticket] { row["refund_charge"] = charge.description }
            return row
        }
        return staffPage(.payouts, context)
    }

    /// A field of a provider's form, as its description says.
    private static func field(
        _ spec: FieldSpec, _ words: WordBook.Words, _ typed: String, _ problem: String?
    ) -> Context {
        let own = spec.words(in: words.language.rawValue)
        var field: Context = [
            "payee_key": spec.key, "payee_label": own.label, "payee_typed": typed, "payee_type": "text",
            "payee_mode": "text",
        ]
        if !own.help.isEmpty { field["payee_help"] = own.help }
        if let problem { field["payee_error"] = problem }
        switch spec.kind {
        case .choice(let values):
            let chosen = typed.isEmpty ? spec.default ?? "" : typed
            let choices = values.map { ["choice_value": $0, "choice_chosen": $0 == chosen] as Context }
            field["payee_choice"] = ["payee_choices": choices] as Context
        case .phone:
            field["payee_type"] = "tel"
            field["payee_mode"] = "tel"
        case .integer: field["payee_mode"] = "numeric"
        case .email:
            field["payee_type"] = "email"
            field["payee_mode"] = "email"
        case .text, .multiline, .secret, .url: break
        }
        return field
    }

    /// `POST /admin/payouts`: asks for a payment; nothing leaves before it is approved.
    func requestPayout(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let name = visit.field("provider", atMost: 60)
        guard let amount = try visit.amount("amount") else { throw StaffProblem("amount", "staff_amount_bad") }
        let specs = shop.provider(name)?.abilities.manifest.payoutForm ?? []
        let payee = Dictionary(specs.map { ($0.key, visit.field($0.key)) }, uniquingKeysWith: { first, _ in first })
        let request = PayoutRequest(
            instance: name, amount: amount, payee: payee, reason: visit.field("reason"), by: visit.visitor.name)
        let deed = Deed(action: "payout_requested", subject: name, reason: request.reason) { [shop] in
            let payout = try await shop.requestPayout(request)
            return visit.words(
                "staff_payout_waits", payout.amount.description, payout.payeeShown, payout.ticket.value)
        }
        return try await perform(deed, at: "/admin/payouts", visit)
    }

    // MARK: Balances and charges

    /// Days for which charges are shown.
    private static let chargeDays = 31

    /// `GET /admin/balances`
    func balancesPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_balances_title"))
        let balances = try await shop.balances()
        if balances.contains(where: \.isWaiting) { context["refresh_seconds"] = "\(Self.lookSeconds)" }
        context["balances"] = balances.map { balance -> Context in
            var row = Self.form("balance-\(balance.provider)", draft)
            row["balance_provider"] = balance.provider
            row["balance_name"] = name(of: balance.provider)
            row["accounts"] = balance.accounts.map { account -> Context in
                [
                    "account_name": account.name, "account_current": account.current.description,
                    "account_available": account.available.description,
                ]
            }
            row["has_accounts"] = !balance.accounts.isEmpty
            if let at = balance.toldAt { row["balance_at"] = words("staff_balance_at", Self.fullTime(at)) }
            row["balance_waits"] = balance.isWaiting
            if !balance.isWaiting, let why = balance.refusal {
                row["balance_refusal"] = why
            } else if !balance.isWaiting, let asked = balance.askedAt, balance.toldAt.map({ $0 < asked }) ?? true {
                row["balance_silent"] = words("staff_balance_silent", Self.fullTime(asked))
            }
            return row
        }
        let charges = try await shop.chargesByDay(days: Self.chargeDays)
        context["has_charges"] = !charges.isEmpty
        context["charges"] = charges.map { charges -> Context in
            [
                "charge_day": charges.day.eastAfrica.date, "charge_provider": name(of: charges.provider),
                "charge_count": "\(charges.count)", "charge_sum": charges.sum.description,
            ]
        }
        return staffPage(.balances, context)
    }

    private func name(of provider: String) -> String {
        shop.wayName(provider)
    }

    /// `POST /admin/balances`: asks the provider now; it answers a little later.
    func askBalances(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let name = visit.field("provider", atMost: 60)
        let deed = Deed(action: "asked_balance", subject: name) { [shop] in
            _ = try await shop.askBalance(of: name, by: visit.visitor.name)
            return visit.words("staff_balance_asked")
        }
        return try await perform(deed, at: "/admin/balances", visit)
    }
}
