import Checkout
import Commerce
import PaymentKit

/// What the shop refused, in words for staff.
extension Site {
    /// - Returns: Nil for what is no refusal: a fault, which becomes a page with a reference.
    static func problem(of error: any Error, _ words: WordBook.Words) -> StaffProblem? {
        switch error {
        case let problem as StaffProblem: problem
        case let refusal as StaffRefusal: problem(refusal)
        case let refusal as OwnerChannelRefusal: problem(refusal)
        case let refusal as WebhookRefusal: problem(refusal)
        case let refusal as CashRefusal: problem(of: refusal)
        case let refusal as ServeRefusal: problem(refusal, words)
        case let refusal as RefundRefusal: problem(refusal)
        case let refusal as PayoutRefusal: problem(refusal)
        case let refusal as AssignRefusal: problem(refusal)
        case let refusal as CloseRefusal: problem(refusal)
        case let refusal as ReviveRefusal: problem(refusal)
        case let refusal as ComparisonRefusal: problem(refusal)
        case is WorkRefusal: StaffProblem("", "staff_not_now")
        case let refusal as ResendRefusal: problem(refusal, words)
        case is PaymentError: StaffProblem("", "staff_provider_silent")
        default: nil
        }
    }

    private static func problem(_ refusal: ServeRefusal, _ words: WordBook.Words) -> StaffProblem {
        switch refusal {
        case .noSuchOrder: StaffProblem("", "staff_no_order_headline")
        case .textMissing: StaffProblem("reason", "staff_reason_missing")
        case .textHoldsPhone: StaffProblem("reason", "staff_reason_phone")
        case .phone(let problem):
            StaffProblem("phone", "staff_text", text(of: .phone(problem), words))
        case .start(let refusal):
            StaffProblem("phone", "staff_text", text(of: .refused(refusal), words))
        case .promptIsLive(let until?): StaffProblem("", "staff_prompt_live_until", until.eastAfrica.clock)
        case .promptIsLive(nil): StaffProblem("", "staff_prompt_live")
        case .nothingWanted: StaffProblem("", "staff_nothing_wanted")
        case .hasMoney: StaffProblem("", "staff_has_money")
        case .hasEnded: StaffProblem("", "staff_has_ended")
        case .notPaid: StaffProblem("", "staff_not_paid")
        case .handedOverAlready: StaffProblem("", "staff_handed_over_already")
        case .packedAlready: StaffProblem("", "staff_packed_already")
        case .stepMeanwhile: StaffProblem("", "staff_step_meanwhile")
        case .takerHoldsPhone: StaffProblem("taker", "staff_reason_phone")
        case .riderMissing: StaffProblem("rider", "staff_rider_missing")
        case .noRiderLink: StaffProblem("", "staff_rider_no_link")
        case .goodsAreOut: StaffProblem("", "staff_goods_left_shop")
        case .refundIsOpen: StaffProblem("", "staff_refund_is_open")
        case .nothingToAsk: StaffProblem("", "staff_nothing_to_ask")
        case .notOwed: StaffProblem("", "staff_not_owed")
        case .receiptIsLookedFor: StaffProblem("", "staff_receipt_looked_for")
        case .isWrittenOff: StaffProblem("", "staff_is_written_off")
        case .notWrittenOff: StaffProblem("", "staff_not_written_off")
        }
    }

    /// The customers' sentence serves staff as well.
    private static func text(of problem: FormProblem, _ words: WordBook.Words) -> String {
        ProblemWords([problem], words: words, language: words.language).summary.first?["error_text"] ?? ""
    }

    private static func problem(_ refusal: RefundRefusal) -> StaffProblem {
        switch refusal {
        case .noSuchOrder: StaffProblem("", "staff_no_order_headline")
        case .noSuchPayment: StaffProblem("receipt", "staff_no_payment")
        case .noSuchRefund: StaffProblem("", "staff_no_refund")
        case .reasonMissing: StaffProblem("reason", "staff_reason_missing")
        case .personMissing: StaffProblem("", "staff_person_missing")
        case .reasonHoldsPhone: StaffProblem("reason", "staff_reason_phone")
        case .proofMissing: StaffProblem("proof", "staff_proof_missing")
        case .tooMuch(let left): StaffProblem("amount", "staff_too_much", left.description)
        case .alreadyOpen(let ticket): StaffProblem("", "staff_already_open", ticket.value)
        case .wholeOnly(let amount): StaffProblem("amount", "staff_whole_only", amount.description)
        case .receiptOwed: StaffProblem("receipt", "staff_receipt_missing")
        case .notPossible: StaffProblem("way", "staff_way_impossible")
        case .payee(let problems):
            StaffProblem("phone", "staff_text", problems.map { "\($0.message)." }.joined(separator: " "))
        case .notWaiting: StaffProblem("", "staff_not_waiting")
        case .samePerson: StaffProblem("", "staff_same_person")
        }
    }

    private static func problem(_ refusal: PayoutRefusal) -> StaffProblem {
        switch refusal {
        case .notPossible: StaffProblem("", "staff_way_impossible")
        case .noSuchPayout: StaffProblem("", "staff_no_refund")
        case .reasonMissing: StaffProblem("reason", "staff_reason_missing")
        case .personMissing: StaffProblem("", "staff_person_missing")
        case .reasonHoldsPhone: StaffProblem("reason", "staff_reason_phone")
        case .amountMissing: StaffProblem("amount", "staff_amount_bad")
        case .payee(let problems):
            StaffProblem(
                problems.first?.key ?? "", "staff_text", problems.map { "\($0.message)." }.joined(separator: " "))
        case .notWaiting: StaffProblem("", "staff_not_waiting")
        case .samePerson: StaffProblem("", "staff_same_person")
        }
    }

    private static func problem(_ refusal: ComparisonRefusal) -> StaffProblem {
        switch refusal {
        case .notPossible: StaffProblem("", "staff_compare_impossible")
        case .personMissing: StaffProblem("", "staff_person_missing")
        case .noTime: StaffProblem("from", "staff_compare_no_time")
        case .tooOld(let hours): StaffProblem("to", "staff_compare_too_old", "\(hours)")
        case .fileEmpty: StaffProblem("file", "staff_file_missing")
        case .fileTooLarge(let megabytes): StaffProblem("file", "staff_file_large", "\(megabytes)")
        case .tooMany: StaffProblem("", "staff_compare_many")
        }
    }

    private static func problem(_ refusal: AssignRefusal) -> StaffProblem {
        switch refusal {
        case .noSuchMoney: StaffProblem("receipt", "staff_no_money")
        case .noSuchOrder: StaffProblem("number", "staff_no_order_headline")
        case .personMissing: StaffProblem("", "staff_person_missing")
        case .alreadyAssigned: StaffProblem("receipt", "staff_assigned_already")
        }
    }

    private static func problem(_ refusal: CloseRefusal) -> StaffProblem {
        switch refusal {
        case .noSuchItem: StaffProblem("", "staff_no_item")
        case .reasonMissing: StaffProblem("reason", "staff_reason_missing")
        case .personMissing: StaffProblem("", "staff_person_missing")
        case .reasonHoldsPhone: StaffProblem("reason", "staff_reason_phone")
        case .needsDecision: StaffProblem("", "staff_needs_decision")
        }
    }

    private static func problem(_ refusal: ReviveRefusal) -> StaffProblem {
        switch refusal {
        case .noSuchOrder: StaffProblem("", "staff_no_order_headline")
        case .personMissing: StaffProblem("", "staff_person_missing")
        case .nothingToRevive: StaffProblem("", "staff_nothing_to_revive")
        case .goodsGone: StaffProblem("", "staff_goods_gone")
        }
    }

    private static func problem(_ refusal: ResendRefusal, _ words: WordBook.Words) -> StaffProblem {
        switch refusal {
        case .noSuchOrder: StaffProblem("", "staff_no_order_headline")
        case .personMissing, .nameHoldsPhone: StaffProblem("", "staff_person_missing")
        case .notTrueNow(let kind): StaffProblem("", "staff_not_true_now", words("notice_kind_\(kind.rawValue)"))
        case .noWay: StaffProblem("", "staff_no_way_to_tell")
        case .noSuchMessage: StaffProblem("", "staff_notice_gone")
        case .notLost: StaffProblem("", "staff_notice_not_lost")
        }
    }
}
