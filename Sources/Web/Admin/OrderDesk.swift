import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// One order as staff see it: where it stands and why, what can be done now, and all that happened.
extension Site {
    /// `GET /admin/orders/<number>`
    func orderDesk(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let number = OrderNumber(parameters["number"]), let file = try await shop.orderFile(number) else {
            return try await staffMessage("staff_no_order", visit, status: 404)
        }
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_order_title", number.text))
        let inFull = visit.may(.seePeople)
        let order = file.order
        context["number"] = number.text
        context["status"] = words("staff_status_\(file.status.rawValue)")
        context["status_code"] = file.status.rawValue
        context["flags"] = order.flags.sorted().map { ["flag_text": words("staff_flag_\($0.rawValue)")] as Context }
        context["why"] = file.explanation.reason.sentence(in: words.language)
        context["next"] = next(file, words)
        context["customer"] = Masked.name(file.contact.name, inFull: inFull)
        context["phone"] = Masked.phone(file.contact.phone, inFull: inFull)
        if inFull {
            if let phone = file.contact.phone { context["phone_href"] = "tel:+\(phone.digits)" }
            if let place = file.contact.place { context["place"] = place }
        }
        context["delivery"] = visit.words.language == .english ? order.deliveryName.english : order.deliveryName.swahili
        if let way = order.offlineWay {
            context["chosen_way"] = shop.manifest(of: way)?.name(in: words.language.rawValue) ?? way
        }
        context["placed"] = Self.shortTime(order.placedAt, at: shop.now())
        context["until"] = Self.shortTime(order.expiresAt, at: shop.now())
        context["riders"] = riders(file, visit)
        if let at = order.handedOverAt { context["handed_over_at"] = Self.shortTime(at, at: shop.now()) }
        context["lines"] = file.lines.map { line -> Context in
            [
                "line_text": "\(line.quantity) × \(words.language == .english ? line.name.english : line.name.swahili)",
                "line_total": (line.unit * line.quantity).description,
            ]
        }
        context["sums"] = sums(order, words)
        context["items"] = file.items.enumerated().map { place, item in row(item, at: place, draft, visit) }
        context["payments"] = file.payments.map { payment($0, file.charges, inFull: inFull, words) }
        context["refunds"] = file.refunds.map { refund -> Context in
            var row = self.refund(refund, draft, visit)
            if let charge = refund.receipt.flatMap({ file.charges[$0] }) { row["refund_charge"] = charge.description }
            return row
        }
        context["gone_ways"] = goneWays(of: file, words)
        context["timeline"] = try await timeline(file, visit)
        if visit.may(.seeAudit) {
            context["messages_href"] = "/admin/messages?order=\(number.text)"
            context["notices_href"] = "/admin/notices?order=\(number.text)"
        }
        add(actions: file, tells: try await shop.reachesCustomers(), draft, visit, to: &context)
        return staffPage(.orderDesk, context)
    }

    /// What must be known of ways to pay that were taken away: one sentence for each that this order used.
    private func goneWays(of file: OrderFile, _ words: WordBook.Words) -> [Context] {
        let used = Set(file.attempts.map(\.instance) + file.payments.map(\.capture.instance))
        return used.filter(shop.isGone).sorted().map {
            ["gone_way": words("staff_way_gone_order", shop.wayName($0))]
        }
    }

    /// The one next thing: of a paid order about which nothing else is to be done, its goods' next step.
    private func next(_ file: OrderFile, _ words: WordBook.Words) -> String {
        let isDue =
            file.status == .paid && file.explanation.staff == .nothing && file.order.deliveryCode != Shop.testDelivery
        let asksNobody: [OrderExplanation.StaffStep] = [
            .takeMoneyAtHandOver, .waitForCustomer, .sendToPayByHand, .talkToCustomer,
        ]
        let isAtDoor =
            shop.isPaidAtHandOver(file.order) && file.order.canBePaidAtDoor(at: shop.now())
            && asksNobody.contains(file.explanation.staff)
        if file.order.isGivenUp, file.explanation.staff == .nothing { return words("staff_next_written_off") }
        switch file.order.fulfilment {
        case .unfulfilled where isDue: return words("staff_next_pack")
        case .unfulfilled where isAtDoor: return words("staff_next_pack_unpaid")
        case .packed where isDue: return words("staff_next_hand_over")
        case .packed where isAtDoor: return words("staff_next_send_out")
        case .sentOut where isDue: return words("staff_next_code")
        case .sentOut where isAtDoor: return words("staff_next_at_door")
        case .unfulfilled, .packed, .sentOut, .handedOver: return file.explanation.staff.sentence(in: words.language)
        }
    }

    private func sums(_ order: Order, _ words: WordBook.Words) -> [Context] {
        var sums: [(String, Money)] = [("staff_sum_total", order.total), ("staff_sum_received", order.received)]
        if let deposit = order.deposit { sums.insert(("staff_sum_deposit", deposit.amount), at: 1) }
        if order.returned.minor > 0 { sums.append(("staff_sum_returned", order.returned)) }
        if order.standing.remainder.minor > 0 { sums.append(("staff_sum_left", order.standing.remainder)) }
        if let writtenOff = order.writtenOff { sums.append(("staff_sum_written_off", writtenOff.amount)) }
        return sums.map { ["sum_name": words($0.0), "sum_amount": $0.1.description] }
    }

    /// An open item, with the form that settles it where a person may.
    func row(_ item: ReviewItem, at place: Int, _ draft: StaffDraft?, _ visit: StaffVisit) -> Context {
        let advice = OpenItemAdvice(item.kind)
        let key = "settle-\(place)"
        let isThis = draft?.form == key
        var row: Context = [
            "item_meaning": OpenItemAdvice.meaning(of: item.kind, in: visit.words.language),
            "item_detail": ShownAmounts.shown(
                in: visit.words.language == .swahili ? StaffSwahili.detail(item.detail) : item.detail),
            "item_kind": item.kind, "item_subject": item.subject,
            "item_age": Masked.age(item.openedAt, at: shop.now(), in: visit.words.language),
            "item_reason": isThis ? draft?.typed["reason"] ?? "" : "",
        ]
        row.merge(Self.form(key, draft)) { _, new in new }
        if advice?.isClosedByHand != false, visit.may(.settleMoney) { row["item_closable"] = true }
        return row
    }

    private func payment(
        _ payment: OrderFile.Payment, _ charges: [String: Money], inFull: Bool, _ words: WordBook.Words
    ) -> Context {
        let capture = payment.capture
        var row: Context = [
            "payment_amount": capture.amount.description,
            "payment_receipt": capture.receipt ?? words("staff_receipt_owed"),
            "payment_from": Masked.payer(payment.payer, inFull: inFull, in: words.language),
        ]
        if capture.returned.minor > 0 { row["payment_returned"] = capture.returned.description }
        if let charge = capture.receipt.flatMap({ charges[$0] }) { row["payment_charge"] = charge.description }
        return row
    }

    func refund(_ refund: Refund, _ draft: StaffDraft?, _ visit: StaffVisit) -> Context {
        let words = visit.words
        var row: Context = [
            "refund_ticket": refund.ticket.value, "refund_amount": refund.amount.description,
            "refund_way": words("staff_way_\(refund.way.rawValue)"),
            "refund_state": words("staff_refund_state_\(refund.state.name)"),
            // What the shop itself gave as its reason it says in the reader's language; people's words stay.
            "refund_reason": refund.requestedBy == Refund.proposer && words.language == .swahili
                ? StaffSwahili.detail(refund.reason) : refund.reason,
            "refund_by": refund.requestedBy, "refund_at": Self.shortTime(refund.requestedAt, at: shop.now()),
            "refund_why": refund.state.decline.map { "\($0.code) \($0.detail)" } ?? "",
        ]
        if refund.state.isOpen, refund.way != .byHand, shop.isGone(refund.instance) {
            row["refund_gone"] = words("staff_way_gone_refund", shop.wayName(refund.instance))
        }
        row["refund_action"] = "/admin/refunds/\(refund.ticket.value)"
        Self.offer(decisionsIn: refund.state, on: refund.ticket, draft, visit, to: &row)
        return row
    }

    /// What can be decided about money on its way out.
    static func offer(
        decisionsIn state: Refund.State, on ticket: Ticket, _ draft: StaffDraft?, _ visit: StaffVisit,
        to row: inout Context
    ) {
        row.merge(form(ticket.value, draft)) { _, new in new }
        row["refund_typed"] = draft?.form == ticket.value ? draft?.typed["reason"] ?? "" : ""
        guard visit.may(.approveMoneyOut) else { return }
        switch state {
        case .requested: row["refund_decides"] = true
        case .unknown, .submitted: row["refund_resolves"] = true
        case .approved: row["refund_stops"] = true
        case .failed, .succeeded: break
        }
    }

    // MARK: What can be done now

    /// Only what makes sense for this order and this person; the rest of the page says why something is not there.
    private func add(
        actions file: OrderFile, tells: Bool, _ draft: StaffDraft?, _ visit: StaffVisit, to context: inout Context
    ) {
        let order = file.order
        func typed(_ field: String, in form: String) -> String {
            draft?.form == form ? draft?.typed[field] ?? "" : ""
        }
        var forms: Context = [:]
        func offer(_ key: String, _ right: StaffRight, if makesSense: Bool, _ more: Context = [:]) {
            guard visit.may(right), makesSense else { return }
            var form = more
            form["form_action"] = "/admin/orders/\(order.number.text)/\(key)"
            form.merge(Self.form(key, draft)) { _, new in new }
            forms["do_\(key)"] = form
        }
        defer { context.merge(forms) { _, new in new } }
        offerFulfilment(file, draft, visit, { offer($0, $1, if: $2, $3) }, to: &context)
        offerWriteOff(order, draft, { offer($0, $1, if: $2, $3) }, to: &context)
        let isAsked =
            file.attempts.contains { $0.state != .paid && $0.sentAt != nil }
            || file.refunds.contains { $0.state == .unknown || $0.state == .submitted }
        offer("ask", .serve, if: isAsked)
        let isOpen = order.stockHeld && order.cancelledAt == nil && order.standing.remainder.minor > 0
        offer(
            "prompt", .serve, if: isOpen && order.liveTicket == nil,
            ["left": order.standing.remainder.description, "phone_typed": typed("phone", in: "prompt")])
        offer(
            "receipt", .serve, if: order.standing.remainder.minor > 0, ["code_typed": typed("receipt", in: "receipt")])
        offer(
            "cash", .handOver, if: isOpen && order.liveTicket == nil && shop.isPaidAtHandOver(order),
            cashForm(order, draft))
        offer("tell", .serve, if: tells)
        offer("note", .serve, if: true, ["note_typed": typed("reason", in: "note")])
        let kept = order.received.minor - order.returned.minor
        offer("revive", .changeOrders, if: !order.stockHeld && kept >= order.total.minor)
        let typedWay = typed("way", in: "refund")
        let chosenWay = typedWay.isEmpty ? Refund.Way.reversal.rawValue : typedWay
        let payments = file.payments.filter { $0.capture.returning.minor < $0.capture.amount.minor }
        offer(
            "refund", .askForMoneyOut, if: !payments.isEmpty,
            [
                "refundable": payments.map { payment -> Context in
                    let left = payment.capture.amount - payment.capture.returning
                    return [
                        "pay_id": payment.capture.id.text,
                        "pay_text": "\(left) · \(payment.capture.receipt ?? visit.words("staff_receipt_owed"))",
                        "pay_chosen": typed("payment", in: "refund") == payment.capture.id.text,
                    ]
                },
                "amount_typed": typed("amount", in: "refund"), "payee_typed": typed("phone", in: "refund"),
                "proof_typed": typed("proof", in: "refund"), "why_typed": typed("reason", in: "refund"),
                "ways": [Refund.Way.reversal, .payout, .byHand].map { way -> Context in
                    [
                        "way_value": way.rawValue, "way_name": visit.words("staff_way_\(way.rawValue)"),
                        "way_about": visit.words("staff_way_\(way.rawValue)_about"),
                        "way_chosen": way.rawValue == chosenWay,
                    ]
                },
            ])
    }
}
