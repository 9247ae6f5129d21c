import Checkout
import Commerce
import HTTPServer

/// Money that is owed for goods that were handed over, and that the shop gives up.
extension Site {
    /// `POST /admin/orders/<number>/write-off`
    func writeOff(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let reason = visit.field("reason")
        return try await orderDeed(visit, parameters, "written_off", reason: reason) { [shop] number, person in
            let amount = try await shop.writeOff(number, by: person, because: reason)
            return visit.words("staff_written_off", amount.description)
        }
    }

    /// `POST /admin/orders/<number>/write-off-undo`: it is owed again.
    func undoWriteOff(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let reason = visit.field("reason")
        return try await orderDeed(visit, parameters, "write_off_undone", reason: reason) { [shop] number, person in
            try await shop.undoWriteOff(number, by: person, because: reason)
            return visit.words("staff_write_off_undone")
        }
    }

    /// What the order's page offers of these, and what it says of money that was given up.
    func offerWriteOff(
        _ order: Order, _ draft: StaffDraft?,
        _ offer: (_ key: String, _ right: StaffRight, _ makesSense: Bool, _ more: Context) -> Void,
        to context: inout Context
    ) {
        func typed(in form: String) -> String { draft?.form == form ? draft?.typed["reason"] ?? "" : "" }
        offer(
            "write-off", .writeOff, order.canBeWrittenOff(at: shop.now()),
            ["left": order.standing.remainder.description, "write_off_typed": typed(in: "write-off")])
        guard let writtenOff = order.writtenOff else { return }
        context["written_off_at"] = Self.shortTime(writtenOff.at, at: shop.now())
        offer(
            "write-off-undo", .writeOff, true,
            ["given_up": writtenOff.amount.description, "undo_typed": typed(in: "write-off-undo")])
    }
}
