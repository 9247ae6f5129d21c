import Checkout
import Commerce
import Foundation
import HTTPServer

/// Riders, as the desk sees them: who carries an order, by which link, and goods that leave without their money.
extension Site {
    /// `POST /admin/orders/<number>/rider`: somebody carries it out, and gets a link.
    func giveToRider(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let name = visit.field("rider", atMost: 60)
        return try await orderDeed(visit, parameters, "given_to_rider") { [shop] number, person in
            try await shop.giveToRider(number, named: name, by: person)
            return visit.words("staff_rider_given")
        }
    }

    /// `POST /admin/orders/<number>/rider-end`: the link works no more.
    func endRiderLink(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await orderDeed(visit, parameters, "rider_link_ended") { [shop] number, person in
            try await shop.endRiderLink(number, by: person)
            return visit.words("staff_rider_ended")
        }
    }

    /// `POST /admin/orders/<number>/hand-over-unpaid`: somebody answers for goods whose money is still to come.
    func handOverUnpaid(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let taker = visit.field("taker", atMost: 60)
        let reason = visit.field("reason")
        return try await orderDeed(visit, parameters, "handed_over_unpaid", reason: reason) { [shop] number, person in
            try await shop.handOverUnpaid(number, to: taker, by: person, because: reason)
            return visit.words("staff_handed_over_unpaid")
        }
    }

    /// What the order's page offers of these.
    func offerRider(
        _ file: OrderFile, _ draft: StaffDraft?, _ visit: StaffVisit, mayLeave: Bool, isAtDoor: Bool,
        _ offer: (_ key: String, _ right: StaffRight, _ makesSense: Bool, _ more: Context) -> Void
    ) {
        let order = file.order
        func typed(_ field: String, in form: String) -> String {
            draft?.form == form ? draft?.typed[field] ?? "" : ""
        }
        let hasLink = file.riders.contains { $0.hasLink(at: shop.now()) }
        var rider: Context = ["rider_typed": typed("rider", in: "rider")]
        if hasLink { rider["replaces"] = true }
        offer("rider", .handOver, mayLeave && order.handedOverAt == nil, rider)
        offer("rider-end", .handOver, hasLink, [:])
        offer(
            "hand-over-unpaid", .changeOrders, isAtDoor && order.handedOverAt == nil,
            [
                "left": order.standing.remainder.description, "taker_typed": typed("taker", in: "hand-over-unpaid"),
                "unpaid_typed": typed("reason", in: "hand-over-unpaid"),
            ])
    }

    /// Everybody who was given the order, the newest first; whose link works, with the link for who may give it away.
    func riders(_ file: OrderFile, _ visit: StaffVisit) -> [Context] {
        let now = shop.now()
        let inFull = visit.may(.seePeople)
        return file.riders.reversed().map { rider in
            let name = Masked.name(rider.name, inFull: inFull)
            var row: Context = [
                "rider_text": visit.words(
                    "staff_rider_line", "\(rider.number)", name, Self.shortTime(rider.givenAt, at: now))
            ]
            guard rider.hasLink(at: now), file.order.handedOverAt == nil else { return row }
            row["rider_until"] = visit.words("staff_rider_until", Self.shortTime(rider.linkUntil, at: now))
            if let secret = rider.secret, visit.may(.handOver) {
                row["rider_link"] = "\(configuration.publicURL)/rider/\(secret)"
            }
            return row
        }
    }
}
