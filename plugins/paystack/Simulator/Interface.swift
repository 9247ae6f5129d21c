import Foundation
internal import HTTPServer

/// The interface: who answers what, in Paystack's words.
extension PaystackServer {
    func answer(_ request: Request) async -> Response {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.first) {
        case (.get, nil): return frontPage()
        case (_, "pay"): return payPage(request, parts.count == 2 ? parts[1] : "")
        case (.get, "simulator"): return ledger()
        default: break
        }
        guard let key = Self.key(of: request) else {
            return Self.said(SaidNo(message: "Invalid key", code: "invalid_Key"), status: 401)
        }
        switch (request.method, parts.first, parts.count) {
        case (.post, "transaction", 2) where parts[1] == "initialize": return begin(request, key)
        case (.get, "transaction", 3) where parts[1] == "verify": return verify(parts[2])
        case (.get, "integration", 2):
            return Self.said(
                Said(
                    message: "Payment session timeout retrieved",
                    data: SaidTimeout(payment_session_timeout: Int(pageSeconds))))
        case (.post, "refund", 1): return refund(request)
        case (.get, "refund", 2): return refund(numbered: parts[1])
        case (.get, "refund", 1): return refunds(of: request.query["transaction"] ?? "")
        default: return Self.said(SaidNo(message: "Not found", code: "not_found"), status: 404)
        }
    }

    private static func key(of request: Request) -> String? {
        guard let given = request.header("Authorization"), given.hasPrefix("Bearer sk_test_") else { return nil }
        return String(given.dropFirst("Bearer ".count))
    }

    static func said(_ answer: some Encodable, status: Int = 200) -> Response {
        Response(
            status: status, headers: [("Content-Type", "application/json")],
            body: .bytes(SharedBytes(Array(json(answer) ?? Data()))))
    }

    // MARK: Payments

    private struct Asked: Decodable {
        struct Metadata: Decodable { var cancel_action: String? }
        var amount: Int64
        var currency, email, reference: String
        var callback_url: String?
        var metadata: Metadata?
    }

    private func begin(_ request: Request, _ key: String) -> Response {
        let asked: Asked
        do { asked = try JSONDecoder().decode(Asked.self, from: Data(request.body)) } catch {
            return Self.said(SaidNo(message: "Invalid request body", code: "invalid_params"), status: 400)
        }
        guard asked.email.contains("@") else {
            return Self.said(
                SaidNo(message: "Invalid Email Address Passed", code: "invalid_email_address"), status: 400)
        }
        guard asked.currency == "KES", asked.amount > 0 else {
            return Self.said(SaidNo(message: "Invalid Amount Sent", code: "invalid_amount"), status: 400)
        }
        let time = now
        let made = write { books -> SimulatedPayment? in
            guard books.payment(reference: asked.reference) == nil else { return nil }
            let number = books.number()
            let payment = SimulatedPayment(
                id: number, reference: asked.reference,
                code: String(number * 2_654_435_761 % 0xFFFF_FFFF_FFFF, radix: 36),
                cents: asked.amount, currency: asked.currency, email: asked.email, back: asked.callback_url,
                cancel: asked.metadata?.cancel_action, begunAt: time, key: key)
            books.payments.append(payment)
            return payment
        }
        guard let made else {
            return Self.said(
                SaidNo(message: "Duplicate Transaction Reference", code: "duplicate_reference"), status: 400)
        }
        if weather.losesAnswers { return Response(body: .cut) }
        return Self.said(
            Said(
                message: "Authorization URL created",
                data: OpenedPage(
                    authorization_url: "\(url)/pay/\(made.code)", access_code: made.code, reference: made.reference)))
    }

    private func verify(_ reference: String) -> Response {
        guard let payment = read({ books in books.payment(reference: reference).map { books.payments[$0] } }) else {
            return Self.said(
                SaidNo(message: "Transaction reference not found.", code: "transaction_not_found"), status: 400)
        }
        return Self.said(Said(message: "Verification successful", data: SaidPayment(payment)))
    }

    // MARK: Refunds

    private struct AskedRefund: Decodable {
        var transaction: String
        var amount: Int64?
        var merchant_note: String?
    }

    private func refund(_ request: Request) -> Response {
        let asked: AskedRefund
        do { asked = try JSONDecoder().decode(AskedRefund.self, from: Data(request.body)) } catch {
            return Self.said(SaidNo(message: "Invalid request body", code: "invalid_params"), status: 400)
        }
        let made = write { books -> (SimulatedRefund, SimulatedPayment)? in
            guard let place = books.payment(named: asked.transaction), books.payments[place].state == .success else {
                return nil
            }
            let payment = books.payments[place]
            let cents = asked.amount ?? payment.cents
            guard cents > 0, cents <= payment.cents - books.refunded(payment.id) else { return nil }
            let refund = SimulatedRefund(
                id: books.number(), payment: payment.id, cents: cents, note: asked.merchant_note ?? "")
            books.refunds.append(refund)
            return (refund, payment)
        }
        guard let (refund, payment) = made else {
            return Self.said(
                SaidNo(message: "Refund amount cannot be more than transaction amount", code: "invalid_params"),
                status: 400)
        }
        tell(Self.event("pending", refund, payment), key: payment.key)
        if weather.losesAnswers { return Response(body: .cut) }
        return Self.said(Said(message: "Refund has been queued for processing", data: SaidRefund(refund)))
    }

    private static func event(_ state: String, _ refund: SimulatedRefund, _ payment: SimulatedPayment)
        -> Event<RefundEvent>
    {
        Event(
            event: "refund.\(state)",
            data: RefundEvent(
                status: state, transaction_reference: payment.reference,
                refund_reference: state == "processed" ? "TRF\(refund.id)" : nil, amount: String(refund.cents)))
    }

    /// Whoever asks finds that it has gone through, unless refunds are held.
    private func look(at place: Int) -> SaidRefund {
        weather.holdsRefunds ? SaidRefund(read { $0.refunds[place] }) : process(place)
    }

    func process(_ place: Int) -> SaidRefund {
        let (refund, payment, isNews) = write { books in
            let isNews = books.refunds[place].state == "pending"
            books.refunds[place].state = "processed"
            let refund = books.refunds[place]
            return (refund, books.payments.first { $0.id == refund.payment }, isNews)
        }
        if isNews, let payment { tell(Self.event("processed", refund, payment), key: payment.key) }
        return SaidRefund(refund)
    }

    private func refund(numbered number: String) -> Response {
        guard let place = read({ books in books.refunds.firstIndex { String($0.id) == number } }) else {
            return Self.said(SaidNo(message: "Refund not found", code: "refund_not_found"), status: 404)
        }
        return Self.said(Said(message: "Refund retrieved", data: look(at: place)))
    }

    private func refunds(of name: String) -> Response {
        let places = read { books -> [Int] in
            guard let place = books.payment(named: name) else { return [] }
            return books.refunds.indices.filter { books.refunds[$0].payment == books.payments[place].id }
        }
        return Self.said(Said(message: "Refunds retrieved", data: places.map { look(at: $0) }))
    }

    // MARK: For tests

    private struct Ledger: Encodable {
        var payments: [SaidPayment]
        var refunds: [SaidRefund]
    }

    private func ledger() -> Response {
        Self.said(
            read { books in
                Ledger(payments: books.payments.map(SaidPayment.init), refunds: books.refunds.map(SaidRefund.init))
            })
    }
}
