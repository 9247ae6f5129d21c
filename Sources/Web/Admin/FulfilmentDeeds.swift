import Checkout
import Commerce
import HTTPServer

/// An order's goods on their way, and its end when nobody pays: each a button of the order's page.
extension Site {
    /// `POST /admin/orders/<number>/pack`
    func packOrder(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await orderDeed(visit, parameters, "packed") { [shop] number, person in
            try await shop.pack(number, by: person)
            return visit.words("staff_packed")
        }
    }

    /// `POST /admin/orders/<number>/hand-over`
    func handOver(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let taker = visit.field("taker", atMost: 60)
        return try await orderDeed(visit, parameters, "handed_over") { [shop] number, person in
            try await shop.handOver(number, to: taker, by: person)
            return visit.words("staff_handed_over")
        }
    }

    /// `POST /admin/orders/<number>/take-back`: the last step was noted by mistake.
    func takeStepBack(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let step = Fulfilment(rawValue: visit.field("step", atMost: 20)) else { throw PageProblem(400) }
        let reason = visit.field("reason")
        return try await orderDeed(visit, parameters, "step_taken_back", reason: reason) { [shop] number, person in
            try await shop.takeBack(step, of: number, by: person, because: reason)
            return visit.words("staff_taken_back_\(step.rawValue)")
        }
    }

    /// `POST /admin/orders/<number>/cancel`: now, or as soon as the prompt has ended when the page said so.
    func cancelOrder(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let reason = visit.field("reason")
        let mayWait = visit.field("when", atMost: 20) == "prompt_ended"
        return try await orderDeed(visit, parameters, "cancelled", reason: reason) { [shop] number, person in
            let until = try await shop.cancelOrder(number, by: person, because: reason, mayWait: mayWait)
            return until.map { visit.words("staff_cancel_waits", Self.shortTime($0, at: shop.now())) }
                ?? visit.words("staff_cancelled")
        }
    }

    /// `POST /admin/orders/<number>/keep`: it is not to be cancelled after all.
    func keepOrder(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await orderDeed(visit, parameters, "kept") { [shop] number, person in
            try await shop.keepOrder(number, by: person)
            return visit.words("staff_kept")
        }
    }

    /// What the order's page offers of these, and what it says of a wish that waits.
    func offerFulfilment(
        _ file: OrderFile, _ draft: StaffDraft?, _ visit: StaffVisit,
        _ offer: (_ key: String, _ right: StaffRight, _ makesSense: Bool, _ more: Context) -> Void,
        to context: inout Context
    ) {
        let order = file.order
        let words = visit.words
        let now = shop.now()
        func typed(_ field: String, in form: String) -> String {
            draft?.form == form ? draft?.typed[field] ?? "" : ""
        }
        let isTest = order.deliveryCode == Shop.testDelivery
        let isDue = file.status == .paid && !order.flags.contains(.manualReview) && !isTest
        if isTest { context["is_test"] = true }
        let isAtDoor = !isTest && shop.isPaidAtHandOver(order) && order.canBePaidAtDoor(at: now)
        offer("pack", .handOver, (isDue || isAtDoor) && order.fulfilment == .unfulfilled, [:])
        offerRider(file, draft, visit, mayLeave: isDue || isAtDoor, isAtDoor: isAtDoor, offer)
        offer(
            "hand-over", .handOver, isDue && order.handedOverAt == nil,
            ["taker_typed": typed("taker", in: "hand-over")])
        offer(
            "take-back", .handOver, order.fulfilment != .unfulfilled && order.writtenOff == nil,
            [
                "step": order.fulfilment.rawValue,
                "step_text": words("staff_do_take_back_\(order.fulfilment.rawValue)"),
                "back_typed": typed("reason", in: "take-back"),
            ])
        if let at = order.sentOutAt, order.fulfilment == .sentOut {
            context["sent_out_at"] = Self.shortTime(at, at: now)
        }
        if order.fulfilment == .packed, let at = order.packedAt {
            context["packed_at"] = Self.shortTime(at, at: now)
        }
        if let taker = file.contact.takenBy { context["taken_by"] = Masked.name(taker, inFull: visit.may(.seePeople)) }

        let isOpen = order.stockHeld && order.cancelledAt == nil && order.standing.remainder.minor > 0
        let isLive = order.liveTicket != nil || order.flags.contains(.unconfirmed)
        let until = file.attempts.last { $0.ticket == order.liveTicket }.map {
            Self.shortTime($0.startedAt.adding(seconds: shop.rules.attemptSeconds), at: now)
        }
        if let wanted = order.cancelWanted {
            let sentence =
                until.map { words("staff_cancel_wanted_until", wanted, $0) } ?? words("staff_cancel_wanted", wanted)
            context["cancel_wanted"] = sentence
            offer("keep", .changeOrders, true, [:])
        }
        var cancel: Context = ["reason_typed": typed("reason", in: "cancel")]
        if isLive {
            cancel["is_live"] = until.map { words("staff_do_cancel_live_until", $0) } ?? words("staff_do_cancel_live")
        }
        let mayEnd = order.received.minor == 0 && order.cancelWanted == nil && !order.hasLeftShop
        offer("cancel", .changeOrders, isOpen && mayEnd, cancel)
    }
}
