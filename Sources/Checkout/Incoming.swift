import Commerce
import Database
import Foundation
import Logging
import PaymentKit
import PluginHost
import Storage

/// Money that is paid to the shop's paybill or till without a prompt.
extension Shop {
    /// Answers a provider that asks before it takes a payment; nil when the message is no such question.
    ///
    /// A payment that would be a second one for its order is refused here, before anything moves. What cannot be
    /// decided in time is accepted: money that has come is never lost, and a provider that hears nothing does as it was
    /// told when the addresses were registered.
    func answer(_ provider: ProviderInstance, route: String, body: [UInt8], source: String) async -> HTTPReply? {
        guard provider.abilities.incoming != nil else { return nil }
        do {
            let inbound = InboundRequest(route: route, about: nil, body: Data(body), source: source)
            guard let question = try await provider.question(in: inbound) else { return nil }
            do {
                return await provider.reply(try await withDeadline(seconds: 2) { try await self.decide(question) })
            } catch { return await provider.reply(.accept) }
        } catch { return nil }
    }

    private func decide(_ question: IncomingQuestion) async throws -> IncomingAnswer {
        // A till has no accounts.
        guard !question.account.trimmed.isEmpty else { return .accept }
        guard case .number(let number) = AccountText(question.account).reading,
            let order = try await database.read({ reading in
                try reading.order(number: number).flatMap { try reading.order($0) }
            })
        else { return .unknownAccount }
        let left = order.standing.remainder
        switch order.standing.status(at: now()) {
        case .paid, .reversed, .cancelled, .expired: return .refuse
        case .pending, .promptSent, .partiallyPaid, .manualReview:
            return question.amount.minor > left.minor ? .wrongAmount : .accept
        }
    }

    /// Takes a provider's news of money that nobody asked for.
    func takeIncoming(_ outcome: Outcome, account: String, _ message: InboxMessage) async throws {
        switch outcome.fact {
        case .paid(let amount, let receipt?):
            let report = MoneyReport(
                instance: message.instance, receipt: receipt, amount: amount, account: account, road: .confirmation,
                level: .matched)
            try await hear(report, isListed: message.isListed)
        case .returned(let amount, let receipt, _):
            try await takeReturn(
                amount, receipt: receipt, of: nil, instance: message.instance, road: .confirmation)
        case .pending, .balance, .notFound: break
        case .paid, .authorized, .sent, .declined, .unclear, .needsReview:
            let now = now()
            try await database.transaction { transaction in
                try transaction.openReview(
                    "unexpected_fact", subject: message.id.text, order: nil,
                    detail: "a message about money that cannot be counted", at: now)
            }
        }
    }

    /// Records money that the provider reports by itself, or asks about it first.
    private func hear(_ report: MoneyReport, isListed: Bool) async throws {
        let now = now()
        let recorded = try await database.transaction { [vault, rules] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            let recorded = try ReceivedMoney.hear(report, isListed: isListed, books, rules)
            if recorded == nil { try transaction.readStatementSoon(of: report.instance, at: now) }
            return recorded
        }
        wake.now()
        if recorded == nil { _ = try await lookUp(report.receipt.id, instance: report.instance, for: nil) }
    }
}
