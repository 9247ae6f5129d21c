import Commerce
import PaymentKit
import Testing

@Suite("Why an order is not paid, and what comes next")
struct OrderExplanationTests {
    typealias Facts = OrderExplanation.Facts

    struct Case: Sendable, CustomTestStringConvertible {
        var facts: Facts
        var reason: OrderExplanation.Reason
        var customer: OrderExplanation.CustomerStep
        var staff: OrderExplanation.StaffStep
        var testDescription: String { "\(facts.status) \(facts.prompt) → \(reason)" }

        init(
            _ status: OrderStatus, _ prompt: Facts.Prompt, _ reason: OrderExplanation.Reason,
            _ customer: OrderExplanation.CustomerStep, _ staff: OrderExplanation.StaffStep,
            _ change: (inout Facts) -> Void = { _ in }
        ) {
            facts = Facts(status: status, prompt: prompt)
            change(&facts)
            self.reason = reason
            self.customer = customer
            self.staff = staff
        }
    }

    static let ended: [OrderExplanation.Reason] = [
        .cancelled, .noAnswer, .timedOut, .noNews, .noMoney, .wrongPIN, .busyPhone, .providerBusy, .notReached,
        .notSent, .shopProblem, .declinedOther,
    ]

    static let cases: [Case] = [
        Case(.promptSent, .sending, .sending, .wait, .wait),
        Case(.promptSent, .queued, .queued, .wait, .wait),
        Case(.promptSent, .alive, .waiting, .approvePrompt, .wait),
        Case(.promptSent, .mayBeAlive, .unsure, .approvePrompt, .wait),
        Case(.promptSent, .silent, .checking, .wait, .wait),
        Case(.promptSent, .onPage, .onPage, .goToPage, .wait),
        Case(.promptSent, .backFromPage, .backFromPage, .wait, .wait),
        Case(.promptSent, .onPage, .checking, .wait, .wait) { $0.isUnconfirmed = true },
        Case(.promptSent, .alive, .checking, .wait, .wait) { $0.isUnconfirmed = true },
        Case(.promptSent, .ended(.cancelled), .checking, .wait, .wait),
        Case(.pending, .none, .unpaid, .payAgain, .waitForCustomer),
        Case(.pending, .ended(.cancelled), .cancelled, .payAgain, .waitForCustomer),
        Case(.pending, .ended(.noNews), .noNews, .payAgainIfNotApproved, .waitForCustomer),
        Case(.pending, .ended(.noNews), .noNews, .payLater, .waitForCustomer) { $0.mustWait = true },
        Case(.pending, .ended(.busyPhone), .busyPhone, .payLater, .waitForCustomer) { $0.mustWait = true },
        Case(.pending, .ended(.cancelled), .cancelled, .talkToShop, .talkToCustomer) { $0.hasPromptsLeft = false },
        Case(.pending, .ended(.cancelled), .cancelled, .payByHand, .sendToPayByHand) {
            $0.hasPromptsLeft = false
            $0.takesPaymentsByHand = true
        },
        Case(.pending, .ended(.cancelled), .checking, .wait, .wait) { $0.isUnconfirmed = true },
        Case(.pending, .ended(.shopProblem), .shopProblem, .talkToShop, .fixSettings),
        Case(.pending, .ended(.shopProblem), .shopProblem, .payByHand, .fixSettings) { $0.takesPaymentsByHand = true },
        Case(.pending, .ended(.noAnswer), .noAnswer, .payAgain, .checkReceipt) { $0.receiptWaitsForPerson = true },
        Case(.pending, .ended(.cancelled), .cancelled, .wait, .waitForCustomer) { $0.receiptIsChecked = true },
        Case(.pending, .none, .promised, .payAtHandOver, .takeMoneyAtHandOver) { $0.isPromised = true },
        Case(.pending, .none, .promised, .wait, .takeMoneyAtHandOver) {
            $0.isPromised = true
            $0.receiptIsChecked = true
        },
        Case(.pending, .ended(.cancelled), .cancelled, .payAgain, .waitForCustomer) { $0.isPromised = true },
        Case(.promptSent, .alive, .waiting, .approvePrompt, .wait) { $0.isPromised = true },
        Case(.paid, .none, .paid, .nothing, .nothing) { $0.isPromised = true },
        Case(.partiallyPaid, .ended(.cancelled), .partPaid, .payRest, .waitForCustomer) { $0.isPartPaid = true },
        Case(.partiallyPaid, .alive, .waiting, .approvePrompt, .wait) { $0.isPartPaid = true },
        Case(.partiallyPaid, .none, .partPaid, .payByHand, .sendToPayByHand) {
            $0.isPartPaid = true
            $0.hasPromptsLeft = false
            $0.takesPaymentsByHand = true
        },
        Case(.manualReview, .none, .partHeld, .wait, .decidePartPayment) {
            $0.isPartPaid = true
            $0.holdsMoney = false
        },
        Case(.manualReview, .ended(.noNews), .lateMoney, .wait, .decideLateMoney) { $0.holdsMoney = true },
        Case(.manualReview, .ended(.noNews), .needsPerson, .wait, .checkEvidence),
        Case(.manualReview, .none, .lateMoney, .wait, .decideLateMoney) {
            $0.holdsMoney = true
            $0.refund = .requested
        },
        Case(.expired, .ended(.noAnswer), .expired, .orderAgain, .nothing),
        Case(.cancelled, .none, .orderCancelled, .orderAgain, .nothing),
        Case(.paid, .none, .paid, .nothing, .nothing),
        Case(.paid, .ended(.cancelled), .paid, .nothing, .returnExcess) { $0.hasExcess = true },
        Case(.paid, .none, .paid, .nothing, .checkEvidence) { $0.isContradicted = true },
        Case(.paid, .none, .paid, .nothing, .approveRefund) { $0.refund = .requested },
        Case(.paid, .none, .paid, .nothing, .waitForRefund) { $0.refund = .onItsWay },
        Case(.paid, .none, .paid, .nothing, .refundAnotherWay) { $0.refund = .failed },
        Case(.paid, .none, .paid, .nothing, .nothing) { $0.refund = .returned },
        Case(.reversed, .none, .reversed, .nothing, .nothing) { $0.refund = .returned },
    ]

    @Test("Each state has its one reason and its one next step", arguments: cases)
    func table(_ row: Case) {
        let explanation = OrderExplanation(row.facts)
        #expect(explanation.reason == row.reason)
        #expect(explanation.customer == row.customer)
        #expect(explanation.staff == row.staff)
    }

    @Test("Whatever is known, nobody is sent to pay what may be paid already, and nobody is left without a next step")
    func everyCombination() {
        var reasons: Set<OrderExplanation.Reason> = []
        var customerSteps: Set<OrderExplanation.CustomerStep> = []
        var staffSteps: Set<OrderExplanation.StaffStep> = []
        let paying: Set<OrderExplanation.CustomerStep> = [
            .payAgain, .payAgainIfNotApproved, .payRest, .payByHand, .payLater, .payAtHandOver,
        ]
        Self.allFacts { facts in
            let explanation = OrderExplanation(facts)
            reasons.insert(explanation.reason)
            customerSteps.insert(explanation.customer)
            staffSteps.insert(explanation.staff)
            let pays = paying.contains(explanation.customer)
            #expect(!pays || facts.status == .pending || facts.status == .partiallyPaid, "\(facts)")
            #expect(!pays || !facts.isUnconfirmed && !facts.receiptIsChecked, "\(facts)")
            #expect((explanation.reason == .paid) == (facts.status == .paid), "\(facts)")
            #expect((explanation.reason == .reversed) == (facts.status == .reversed), "\(facts)")
            if facts.status == .paid || facts.status == .reversed { #expect(explanation.customer == .nothing) }
            if explanation.customer == .payByHand { #expect(facts.takesPaymentsByHand, "\(facts)") }
            if !facts.hasPromptsLeft || facts.mustWait {
                #expect(![.payAgain, .payRest, .payAgainIfNotApproved].contains(explanation.customer), "\(facts)")
            }
            let needsStaff = facts.status == .manualReview || facts.hasExcess || facts.refund == .failed
            if needsStaff { #expect(explanation.staff != .nothing && explanation.staff != .wait, "\(facts)") }
        }
        #expect(reasons == Set(OrderExplanation.Reason.allCases))
        #expect(customerSteps == Set(OrderExplanation.CustomerStep.allCases))
        #expect(staffSteps == Set(OrderExplanation.StaffStep.allCases))
    }

    private static func allFacts(_ body: (Facts) -> Void) {
        let prompts =
            [.none, .sending, .queued, .alive, .mayBeAlive, .silent, .onPage, .backFromPage]
            + ended.map { Facts.Prompt.ended($0) }
        let refunds = Facts.RefundStage.allCases.map(Optional.some) + [nil]
        for status in OrderStatus.allCases {
            for prompt in prompts {
                for refund in refunds {
                    for bits in 0..<256 {
                        var facts = Facts(status: status, prompt: prompt)
                        facts.refund = refund
                        facts.isUnconfirmed = bits & 1 != 0
                        facts.isContradicted = bits & 2 != 0
                        facts.isPartPaid = bits & 4 != 0
                        facts.holdsMoney = bits & 8 != 0
                        facts.hasExcess = bits & 16 != 0
                        facts.hasPromptsLeft = bits & 32 != 0
                        facts.mustWait = bits & 64 != 0
                        facts.takesPaymentsByHand = bits & 128 != 0
                        body(facts)
                        facts.isPromised = true
                        body(facts)
                        facts.receiptWaitsForPerson = true
                        body(facts)
                        facts.receiptIsChecked = true
                        body(facts)
                    }
                }
            }
        }
    }

    @Test("Every reason and every step of the shop's has a sentence of its own, without a provider's name")
    func sentences() {
        let sentences =
            OrderExplanation.Reason.allCases.map(\.sentence) + OrderExplanation.StaffStep.allCases.map(\.sentence)
        #expect(Set(sentences).count == sentences.count)
        for sentence in sentences {
            #expect(sentence.hasSuffix(".") && sentence.count < 120 && !sentence.contains("M-P"), "\(sentence)")
        }
    }

    @Test(
        "What a prompt is known by follows its state and its age",
        arguments: [
            (0, OrderExplanation.Facts.Prompt.alive), (74, .alive), (75, .silent), (179, .silent),
        ])
    func promptAge(_ seconds: Int, _ expected: OrderExplanation.Facts.Prompt) throws {
        let start = Timestamp(milliseconds: 1_000_000)
        var attempt = Attempt(
            ticket: Ticket("A-1"), order: ID(at: start), number: 1, instance: "p", amount: Money(whole: 250, .kes),
            phone: try PhoneNumber("0712345678"), startedAt: start)
        attempt.state = .promptSent
        #expect(Facts.Prompt(attempt, promptSeconds: 75, at: start.adding(seconds: seconds)) == expected)
        attempt.state = .pending
        #expect(Facts.Prompt(attempt, promptSeconds: 75, at: start) == .sending)
        attempt.queuedUntil = start
        #expect(Facts.Prompt(attempt, promptSeconds: 75, at: start) == .queued)
        attempt.state = .expired(Decline(.expired, retry: .sameMethod, code: "deadline"))
        #expect(Facts.Prompt(attempt, promptSeconds: 75, at: start) == .ended(.noNews))
    }
}
