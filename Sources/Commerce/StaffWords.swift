/// An explanation in the words of `duka orders why`.
extension OrderExplanation.Reason {
    /// One sentence for staff.
    package var sentence: String {
        switch self {
        case .sending: "The request for a prompt is about to leave; nothing was taken."
        case .queued: "The provider's rate keeps the prompt waiting; nothing was taken."
        case .waiting: "A prompt is on the customer's phone and waits for the PIN."
        case .unsure: "The answer to our request was lost: a prompt may be on the customer's phone."
        case .checking: "The provider has not said yet how the prompt ended."
        case .onPage: "The customer has a page of the provider's to pay on; no payment was heard of yet."
        case .backFromPage: "The customer came back from the provider's page; the provider is being asked."
        case .cancelled: "The customer cancelled on the phone; nothing was taken."
        case .noAnswer: "The customer's phone did not answer; nothing was taken."
        case .timedOut: "The time for the PIN ran out; nothing was taken."
        case .noNews: "The provider never said how the prompt ended; late money is still counted."
        case .noMoney: "There was not enough money on the customer's line."
        case .wrongPIN: "The customer's PIN was wrong."
        case .busyPhone: "Another request was open on the customer's phone."
        case .providerBusy: "The provider was busy; nothing was taken."
        case .notReached: "The prompt did not reach the customer's phone."
        case .notSent: "No prompt left this shop: the provider could not be reached in time."
        case .shopProblem: "The provider refuses this shop's settings."
        case .declinedOther: "The provider declined the payment."
        case .unpaid: "Nobody has been asked for money yet."
        case .promised: "The customer pays when the goods change hands; not all of it is paid yet."
        case .partPaid: "A part of the money is here; the customer may pay the rest."
        case .expired: "The order ended unpaid and its goods are on the shelf again."
        case .orderCancelled: "The order was cancelled before any money came."
        case .lateMoney: "Money came after the order had ended, and its goods could not be held again by themselves."
        case .partHeld: "The order's time ran out with a part of the money here."
        case .needsPerson: "The evidence about a payment does not agree with itself."
        case .paid: "The order is paid."
        case .reversed: "All of the money went back to the customer."
        }
    }
}

extension OrderExplanation.StaffStep {
    /// One sentence for staff.
    package var sentence: String {
        switch self {
        case .nothing: "Nothing needs to be done."
        case .wait: "Wait: the provider is asked by itself, and late news counts."
        case .waitForCustomer: "Nothing needs to be done: the customer can pay from the order's page until it ends."
        case .takeMoneyAtHandOver: "Take the money with the goods, and write it down here: the amount, at once."
        case .sendToPayByHand: "Ask the customer to pay from the provider's own menu, as the order's page shows."
        case .talkToCustomer: "Talk to the customer: this order has had all its prompts."
        case .fixSettings: "Correct the provider's settings; `duka doctor` shows which."
        case .decideLateMoney: "Decide: deliver after all, or send the money back."
        case .decidePartPayment: "Decide: give the customer more time, or send the part back."
        case .checkEvidence: "Compare the payment with the provider's portal, then decide."
        case .checkReceipt: "Compare the receipt that the customer shows with the provider's portal."
        case .returnExcess: "Send back what was paid too much."
        case .approveRefund: "Approve the refund, or turn it down."
        case .refundAnotherWay: "The refund failed: pay the customer out, or pay back by hand and keep the proof."
        case .waitForRefund: "Wait: the provider is asked what became of the refund."
        }
    }
}
