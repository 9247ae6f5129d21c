import Checkout
import Commerce
import HTTPServer

extension Site {
    /// `POST /admin/orders/<number>/cash`: money that was taken with the goods.
    func takeCash(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let amount = try visit.amount("amount") else { throw StaffProblem("amount", "staff_amount_bad") }
        return try await orderDeed(visit, parameters, "cash_taken", reason: amount.description) {
            [shop] number, person in
            let left = try await shop.takeCash(number, amount, by: person)
            return left.minor == 0
                ? visit.words("staff_cash_taken", amount.description)
                : visit.words("staff_cash_part", amount.description, left.description)
        }
    }

    /// What is left to pay, and what was typed; all of it before that.
    func cashForm(_ order: Order, _ draft: StaffDraft?) -> Context {
        let left = order.standing.remainder
        let typed = draft.flatMap { $0.form == "cash" ? $0.typed["amount"] : nil }
        return ["left": left.description, "cash_typed": typed ?? left.whole.map { "\($0)" } ?? left.decimalText]
    }

    /// What is wrong with money at hand-over, in words.
    static func problem(of refusal: CashRefusal) -> StaffProblem {
        switch refusal {
        case .noSuchOrder: StaffProblem("", "staff_no_order_headline")
        case .notPromised: StaffProblem("", "staff_cash_not_promised")
        case .hasEnded: StaffProblem("", "staff_has_ended")
        case .promptIsLive: StaffProblem("", "staff_prompt_live")
        case .isPaid: StaffProblem("", "staff_cash_paid")
        case .amount(let left): StaffProblem("amount", "staff_cash_amount", left.description)
        }
    }
}
