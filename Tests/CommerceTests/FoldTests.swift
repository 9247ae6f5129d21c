import Commerce
import PaymentKit
import Testing

@Suite("The fold: what is known of an attempt does not depend on when it was heard (I18–I20)")
struct FoldTests {
    static let cancelled = Decline(.cancelledByPayer, retry: .sameMethod, code: "1032")
    static let noAnswer = Decline(.payerDidNotAnswer, retry: .sameMethod, code: "1037")
    static let outOfTime = Decline(.expired, retry: .sameMethod, code: "1019")
    static let noMoney = Decline(.insufficientFunds, retry: .sameMethod, code: "1")
    static let wrongPIN = Decline(.wrongPIN, retry: .sameMethod, code: "2001")
    static let locked = Decline(.payerBusy, retry: .sameMethodLater, waitSeconds: 120, code: "1001")
    static let refusedByProvider = Decline(.misconfigured, retry: .never, code: "400.002.02")

    struct Story: Sendable, CustomTestStringConvertible {
        let name: String
        let evidence: [Evidence]
        let end: Attempt.State
        init(_ name: String, _ evidence: [Evidence], _ end: Attempt.State) {
            self.name = name
            self.evidence = evidence
            self.end = end
        }
        var testDescription: String { name }
    }

    /// What the stories of `states.md` come to, as evidence.
    static let stories = [
        Story("nothing yet", [], .pending),
        Story("the answer is lost", [.mayHaveBeenSent], .unknown),
        Story("happy", [.mayHaveBeenSent, .promptSent, .paid], .paid),
        Story(
            "refused before any prompt", [.mayHaveBeenSent, .refused(refusedByProvider)], .refused(refusedByProvider)),
        Story("cancelled", [.mayHaveBeenSent, .promptSent, .declined(cancelled)], .cancelled(cancelled)),
        Story("success after 1032", [.promptSent, .declined(cancelled), .paid], .paid),
        Story("no answer", [.promptSent, .declined(noAnswer)], .expired(noAnswer)),
        Story("no answer, then the deadline", [.promptSent, .declined(noAnswer), .deadlinePassed], .expired(noAnswer)),
        Story("cancelled, then the deadline", [.declined(cancelled), .deadlinePassed], .cancelled(cancelled)),
        Story("wrong PIN", [.mayHaveBeenSent, .promptSent, .declined(wrongPIN)], .failed(wrongPIN)),
        Story("no money", [.promptSent, .declined(noMoney), .deadlinePassed], .failed(noMoney)),
        Story("1001 lock", [.mayHaveBeenSent, .declined(locked)], .failed(locked)),
        Story("callback before the answer", [.paid, .mayHaveBeenSent, .promptSent], .paid),
        Story("callback lost, query says paid", [.promptSent, .deadlinePassed, .paid], .paid),
        Story("late success", [.mayHaveBeenSent, .promptSent, .deadlinePassed, .paid], .paid),
        Story("a refusal, then money", [.refused(refusedByProvider), .paid], .paid),
        Story(
            "success, and later a no", [.mayHaveBeenSent, .promptSent, .paid, .declined(cancelled), .deadlinePassed],
            .paid),
        Story(
            "two different noes", [.promptSent, .declined(noAnswer), .declined(outOfTime), .declined(noMoney)],
            .failed(noMoney)),
    ]

    private static func fold(_ evidence: some Sequence<Evidence>) -> Attempt.State {
        evidence.reduce(.pending) { $0.joined(with: $1.state) }
    }

    @Test("Every order and every repetition of a story ends the same", arguments: stories)
    func permutations(_ story: Story) {
        for order in story.evidence.permutations {
            #expect(Self.fold(order) == story.end)
            #expect(Self.fold(order + order) == story.end)
            #expect(Self.fold(order.flatMap { [$0, $0] }) == story.end)
            #expect(Self.fold(order + order.reversed()) == story.end)
        }
    }

    @Test("Old news changes nothing, new news goes up one rank at least or decides a tie")
    func applying() {
        for story in Self.stories {
            var state = Attempt.State.pending
            for evidence in story.evidence {
                let next = state.applying(evidence)
                if let next {
                    #expect(next.rank >= state.rank && next != state)
                    state = next
                }
                #expect(state.applying(evidence) == nil)
            }
            #expect(state == story.end)
        }
    }

    private static let allEvidence: [Evidence] =
        [.mayHaveBeenSent, .promptSent, .deadlinePassed, .paid]
        + Decline.Reason.allCases.flatMap { reason -> [Evidence] in
            let declines = ["a", "b"].flatMap { code in
                [Decline(reason, retry: .sameMethod, code: code), Decline(reason, retry: .never, code: code)]
            }
            return declines.flatMap { [.declined($0), .refused($0)] }
        }

    @Test("Twenty thousand random histories end like their sorted selves")
    func random() {
        var random = Seeded(20_261_121)
        for _ in 0..<20_000 {
            let history = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                Self.allEvidence[Int.random(in: 0..<Self.allEvidence.count, using: &random)]
            }
            let expected = Self.fold(history)
            let shuffled = (history + history.prefix(3)).shuffled(using: &random)
            guard Self.fold(shuffled) == expected else {
                Issue.record("\(history) and \(shuffled) differ")
                return
            }
            if history.contains(.paid) { #expect(expected == .paid) }
            #expect(expected.rank == history.map(\.state.rank).max())
        }
    }

    /// States that differ in each part of a decline, one part at a time, and two texts that only differ in how they are
    /// cut.
    private static let states: [Attempt.State] = {
        let declines = [
            Decline(.other, retry: .sameMethod), Decline(.other, retry: .never), Decline(.expired, retry: .sameMethod),
            Decline(.other, retry: .sameMethod, waitSeconds: 5), Decline(.other, retry: .sameMethod, waitSeconds: 40),
            Decline(.other, retry: .sameMethod, code: "deadline"), Decline(.other, retry: .sameMethod, code: "1032"),
            Decline(.other, retry: .sameMethod, code: "9", detail: "x"),
            Decline(.other, retry: .sameMethod, code: "9", detail: "y"),
            Decline(.other, retry: .sameMethod, words: ["en": "a", "sw": "b"]),
            Decline(.other, retry: .sameMethod, words: ["en": "b", "sw": "a"]),
            Decline(.other, retry: .sameMethod, words: ["en": "ab"]),
        ]
        return [.pending, .unknown, .promptSent, .paid]
            + declines.flatMap { [.refused($0), .expired($0), .cancelled($0), .failed($0)] }
    }()

    @Test("Joining is commutative and idempotent")
    func commutative() {
        for left in Self.states {
            #expect(left.joined(with: left) == left)
            for right in Self.states {
                let joined = left.joined(with: right)
                #expect(joined == right.joined(with: left), "\(left) and \(right)")
                #expect(joined.rank == max(left.rank, right.rank))
            }
        }
    }

    @Test("Joining is associative")
    func associative() {
        for one in Self.states {
            for two in Self.states {
                for three in Self.states {
                    let left = one.joined(with: two).joined(with: three)
                    if left != one.joined(with: two.joined(with: three)) {
                        Issue.record("\(one), \(two), \(three)")
                        return
                    }
                }
            }
        }
    }

    @Test("Paid absorbs everything")
    func paid() {
        for state in Self.states {
            #expect(state.joined(with: .paid) == .paid)
            #expect(Attempt.State.paid.joined(with: state) == .paid)
        }
        for evidence in Self.allEvidence { #expect(Attempt.State.paid.applying(evidence) == nil) }
    }

    @Test("Ranks follow the order of the invariants")
    func ranks() {
        let no = Self.cancelled
        #expect(Attempt.State.pending.rank < Attempt.State.unknown.rank)
        #expect(Attempt.State.unknown.rank < Attempt.State.promptSent.rank)
        #expect(Attempt.State.promptSent.rank < Attempt.State.refused(no).rank)
        #expect(Attempt.State.refused(no).rank == Attempt.State.expired(no).rank)
        #expect(Attempt.State.expired(no).rank < Attempt.State.cancelled(no).rank)
        #expect(Attempt.State.cancelled(no).rank == Attempt.State.failed(no).rank)
        #expect(Attempt.State.failed(no).rank < Attempt.State.paid.rank)
    }

    @Test("The deadline never beats the provider's word", arguments: Decline.Reason.allCases)
    func deadline(_ reason: Decline.Reason) {
        for code in ["", "0", "1", "1032", "zzz", "DEADLINE"] {
            let decline = Decline(reason, retry: .sameMethod, code: code)
            for word in [Evidence.declined(decline), .refused(decline), .paid] {
                #expect(word.state.applying(.deadlinePassed) == nil, "\(word)")
                #expect(Evidence.deadlinePassed.state.applying(word) == word.state, "\(word)")
            }
        }
    }

    @Test("A live slot is free exactly when no prompt can be alive (I13)")
    func live() {
        for state in Self.states { #expect(state.isLive == (state.rank < 3)) }
    }

    @Test("A no is told by the word of its reason")
    func names() {
        #expect(Evidence.declined(Self.cancelled).state.name == "cancelled")
        #expect(Evidence.declined(Self.noAnswer).state.name == "expired")
        #expect(Evidence.declined(Self.outOfTime).state.name == "expired")
        #expect(Evidence.declined(Self.wrongPIN).state.name == "failed")
        #expect(Evidence.refused(Self.cancelled).state.name == "failed")
        #expect(Evidence.deadlinePassed.state.name == "expired")
        #expect(Evidence.deadlinePassed.state.decline?.code == "deadline")
    }
}
