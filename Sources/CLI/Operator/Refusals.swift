import ArgumentParser
import Checkout
import Commerce
import Foundation
import PaymentKit

/// What the shop refuses, as a sentence that says what to do.
enum Refusals {
    static func stop(_ error: any Error) -> any Error {
        switch error {
        case let refusal as RefundRefusal: Stop(sentence(refusal))
        case let refusal as PayoutRefusal: Stop(sentence(refusal))
        case let refusal as AssignRefusal: Stop(sentence(refusal))
        case let refusal as CloseRefusal: Stop(sentence(refusal))
        case let refusal as ReviveRefusal: Stop(sentence(refusal))
        case let refusal as ResendRefusal: Stop(sentence(refusal))
        case let refusal as ReplayRefusal: Stop(sentence(refusal))
        case let refusal as PaymentError: Stop(sentence(refusal))
        default: error
        }
    }

    static func sentence(_ refusal: ReplayRefusal) -> String {
        switch refusal {
        case .noSuchMessage:
            "There is no such message, or it was forgotten with age; the desk's page of messages has their identities."
        case .closed: "It does not open with the keys of this shop."
        case .noSuchWay(let name): "There is no way to pay \(name) that can be used; duka plugin list shows them."
        }
    }

    static func sentence(_ refusal: RefundRefusal) -> String {
        switch refusal {
        case .noSuchOrder: "There is no order of that number."
        case .noSuchPayment: "That order has no such payment, or all of it has gone back already."
        case .noSuchRefund: "There is no refund of that ticket; duka orders refunds lists them."
        case .reasonMissing: "Say why: --reason TEXT."
        case .reasonHoldsPhone: "Leave telephone numbers out of names and reasons: they are kept in clear."
        case .personMissing: "Say who you are: --by NAME."
        case .proofMissing: "Say what proves that the money went back: --proof TEXT, such as the transfer's receipt."
        case .tooMuch(let left): "At most \(left) of that payment is left to give back."
        case .alreadyOpen(let ticket): "The refund \(ticket.value) of that payment is not ended; one goes at a time."
        case .wholeOnly(let amount):
            "The provider sends back whole payments only (\(amount)); for a part: --way payout --to PHONE."
        case .receiptOwed: "The provider has not told this payment's receipt yet, and a reversal needs it."
        case .notPossible(let way): "The provider has no \(way.rawValue) for this payment; choose another --way."
        case .payee(let problems): problems.map { "\($0.message)." }.joined(separator: " ")
        case .notWaiting(let state): "It waits for no decision any more: it is \(state)."
        case .samePerson: "An amount like this is approved by another person than the one who asked: --by NAME."
        }
    }

    static func sentence(_ refusal: PayoutRefusal) -> String {
        switch refusal {
        case .notPossible: "That provider cannot pay out."
        case .noSuchPayout: "There is no payout of that ticket; duka plugin payouts lists them."
        case .reasonMissing: "Say why: --reason TEXT."
        case .reasonHoldsPhone: "Leave telephone numbers out of names and reasons: they are kept in clear."
        case .personMissing: "Say who you are: --by NAME."
        case .amountMissing: "The amount should be above zero."
        case .payee(let problems): problems.map { "\($0.message)." }.joined(separator: " ")
        case .notWaiting(let state): "It waits for no decision any more: it is \(state)."
        case .samePerson: "An amount like this is approved by another person than the one who asked: --by NAME."
        }
    }

    static func sentence(_ refusal: AssignRefusal) -> String {
        switch refusal {
        case .noSuchMoney: "No money with that receipt is in the books; duka orders is-real asks the provider."
        case .noSuchOrder: "There is no order of that number."
        case .personMissing: "Say who you are: --by NAME."
        case .alreadyAssigned: "That money belongs to an order already; duka orders is-real tells which."
        }
    }

    static func sentence(_ refusal: CloseRefusal) -> String {
        switch refusal {
        case .noSuchItem: "No such item is open; duka orders items lists them."
        case .reasonMissing: "Say why: --reason TEXT."
        case .personMissing: "Say who you are: --by NAME."
        case .reasonHoldsPhone: "Leave telephone numbers out of names and reasons: they are kept in clear."
        case .needsDecision: "That item ends with its decision; duka orders items says which."
        }
    }

    static func sentence(_ refusal: ResendRefusal) -> String {
        switch refusal {
        case .noSuchOrder: "There is no order of that number."
        case .personMissing: "Say who you are: --by NAME."
        case .nameHoldsPhone: "Leave telephone numbers out of names and reasons: they are kept in clear."
        case .notTrueNow(let kind): "\"\(kind.rawValue)\" is not true of that order now; nothing was sent."
        case .noSuchMessage: "There is no such message."
        case .notLost: "That message is on its way, or it arrived."
        case .noWay:
            "The customer cannot be reached: no e-mail address of theirs, or no running shop with letters or SMS."
        }
    }

    static func sentence(_ refusal: ReviveRefusal) -> String {
        switch refusal {
        case .noSuchOrder: "There is no order of that number."
        case .personMissing: "Say who you are: --by NAME."
        case .nothingToRevive: "That order needs no revival: its goods are held, or its money is not enough for them."
        case .goodsGone: "Not all of its goods are there at the price of their day; send the money back instead."
        }
    }

    /// What a provider said, and what to do about it.
    static func sentence(_ error: PaymentError) -> String {
        switch error {
        case .misconfigured(let why, let setting): "\(why)\(setting.map { " Setting: \($0)." } ?? "")"
        case .notSent(let why): "The provider cannot be reached (\(why)); check the network and its name service."
        case .unavailable(let why), .outcomeUnknown(let why):
            "The provider does not answer as it should (\(why)); try again in a minute."
        case .busy(let why, _): "The provider is busy (\(why)); try again in a minute."
        case .invalidInput(let why, _), .unsupported(let why): why
        }
    }

    /// - Throws: ``Stop`` unless the text is an order's number.
    static func orderNumber(_ text: String) throws -> OrderNumber {
        guard let number = OrderNumber(text) else {
            throw Stop("\"\(text)\" is no order number; one has eight characters, such as K7M29QXD.")
        }
        return number
    }

    /// - Throws: ``Stop`` unless the text is an amount above zero.
    static func amount(_ text: String) throws -> Money {
        guard let money = Money(decimal: text.filter { $0 != "," }, .kes), money.minor > 0 else {
            throw Stop("\"\(text)\" is no amount; expected shillings such as 1250.")
        }
        return money
    }
}
