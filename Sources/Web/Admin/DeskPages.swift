import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// Where staff begin, and the pages about money.
extension Site {
    /// `GET /admin`: what waits for somebody, and the newest orders.
    func desk(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        var (context, draft) = try await staffContext(visit, title: visit.words("staff_desk_title"))
        context["waiting"] = try await openItems(draft, visit)
        let newest = try await shop.listOrders(OrderFilter(limit: 8))
        context["orders"] = newest.orders.map { row($0, visit) }
        let isGuarded = try await shop.hasSecondFactor(visit.visitor)
        context["no_owner_codes"] = !isGuarded && visit.may(.approveMoneyOut)
        return staffPage(.desk, context)
    }

    /// Open items with the page on which each is settled.
    private func openItems(_ draft: StaffDraft?, _ visit: StaffVisit) async throws -> [Context] {
        try await shop.openItems(atMost: 100).enumerated().map { place, waiting in
            let (item, order) = waiting
            var row = row(item, at: place, draft, visit)
            row["item_href"] = order.map { "/admin/orders/\($0.text)" } ?? Self.page(for: item, visit)
            row["item_next"] = visit.words("staff_step_\((OpenItemAdvice(item.kind)?.step ?? .report).rawValue)")
            if let order {
                row["item_order"] = order.text
                // It is settled where all of the order can be seen.
                row["item_closable"] = nil
            }
            return row
        }
    }

    /// Where an item that belongs to no order is looked into, as far as this person gets there.
    private static func page(for item: ReviewItem, _ visit: StaffVisit) -> String {
        switch OpenItemAdvice(item.kind)?.step ?? .report {
        case .reconcile, .askReceipt: "/admin/reconcile"
        case .settings where visit.may(.changeSettings): "/admin/settings"
        case .report where visit.may(.seeAudit):
            item.kind == "parked_job" ? "/admin/jobs" : "/admin/messages?verdict=parked"
        case .compare where item.kind == "unreadable_message" && visit.may(.seeAudit): "/admin/messages?verdict=kept"
        case .refund, .decideRefund, .revive, .approveRefund, .approvePayout, .assign, .refundAnotherWay, .resolve,
            .compare, .fetchGoods, .settings, .report:
            "/admin/money"
        }
    }

    /// `GET /admin/money`: money without an order, refunds that are not ended, and whether a receipt is real.
    func moneyPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_money_title"))
        let inFull = visit.may(.seePeople)
        let now = shop.now()
        context["unmatched"] = try await shop.unmatchedMoney().enumerated().map { place, money -> Context in
            let key = "assign-\(place)"
            let isThis = draft?.form == key
            return [
                "form_key": key, "money_number": isThis ? draft?.typed["number"] ?? "" : "",
                "is_this": isThis,
                "money_amount": money.capture.amount.description,
                "money_receipt": money.capture.receipt ?? words("staff_receipt_owed"),
                "money_at": Self.shortTime(money.capture.providerAt ?? money.capture.recordedAt, at: now),
                "money_from": Masked.payer(money.payer, inFull: inFull, in: words.language),
                "money_typed": Masked.typed(money.account, inFull: inFull),
                "may_assign": visit.may(.settleMoney) && money.capture.receipt != nil,
                "suggested": money.suggestions.prefix(3).map { order, suggestion -> Context in
                    [
                        "suggested_number": order.number.text, "suggested_total": order.total.description,
                        "suggested_why": suggestion.reasons.map { words("staff_match_\($0.rawValue)") }
                            .joined(separator: ", "),
                    ]
                },
            ]
        }
        context["refunds"] = try await shop.openRefunds().map { refund, order -> Context in
            var row = self.refund(refund, draft, visit)
            if let order { row["refund_order"] = order.text }
            return row
        }
        let payouts = try await shop.payouts().filter(\.state.isOpen)
        context["payouts"] =
            payouts.isEmpty ? nil : ["payout_rows": payouts.map { payout($0, draft, visit) }] as Context
        if visit.may(.serve) { context["can_check"] = Self.form("check", draft) }
        context["check_typed"] = draft?.form == "check" ? draft?.typed["receipt"] ?? "" : ""
        return staffPage(.money, context)
    }

    func payout(_ payout: Payout, _ draft: StaffDraft?, _ visit: StaffVisit) -> Context {
        var row: Context = [
            "refund_ticket": payout.ticket.value, "refund_amount": payout.amount.description,
            "refund_way": payout.payeeShown, "refund_state": visit.words("staff_refund_state_\(payout.state.name)"),
            "refund_reason": payout.reason, "refund_by": payout.requestedBy,
            "refund_at": Self.shortTime(payout.requestedAt, at: shop.now()),
            "refund_why": payout.state.decline.map { "\($0.code) \($0.detail)" } ?? "",
            "refund_action": "/admin/payouts/\(payout.ticket.value)",
        ]
        Self.offer(decisionsIn: payout.state, on: payout.ticket, draft, visit, to: &row)
        return row
    }
}
