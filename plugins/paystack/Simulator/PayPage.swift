import Foundation
internal import HTTPServer

/// The page on which a person pays, is declined, or leaves.
extension PaystackServer {
    func payPage(_ request: Request, _ code: String) -> Response {
        guard let payment = payments.first(where: { $0.code == code }) else {
            return Self.page("No such payment", "<p>This address leads to no payment.</p>", status: 404)
        }
        guard request.method == .post else { return shown(payment) }
        let action: String
        do { action = try request.form()["action"] ?? "" } catch { action = "" }
        switch action {
        case "leave": return Self.lead(to: payment.cancel ?? payment.back, payment)
        case "pay": return pay(payment)
        case "decline": return decline(payment)
        default: return shown(payment)
        }
    }

    private func isOver(_ payment: SimulatedPayment) -> Bool { now >= payment.begunAt + pageSeconds }

    private func pay(_ payment: SimulatedPayment) -> Response {
        guard !isOver(payment) else { return shown(payment) }
        let (paid, isNews) = write { books -> (SimulatedPayment, Bool) in
            guard let place = books.payment(reference: payment.reference) else { return (payment, false) }
            // Pressed twice it is one payment.
            let isNews = books.payments[place].state != .success
            books.payments[place].state = .success
            books.payments[place].gatewayResponse = "Successful"
            if isNews { books.payments[place].tries += 1 }
            return (books.payments[place], isNews)
        }
        if isNews { tell(Event(event: "charge.success", data: SaidPayment(paid)), key: paid.key) }
        return Self.lead(to: paid.back, paid)
    }

    /// A bank's no: the payment failed, and may be tried again on the same page.
    private func decline(_ payment: SimulatedPayment) -> Response {
        let failed = write { books -> SimulatedPayment in
            guard let place = books.payment(reference: payment.reference), books.payments[place].state != .success
            else {
                return payment
            }
            books.payments[place].state = .failed
            books.payments[place].gatewayResponse = "Insufficient Funds"
            books.payments[place].tries += 1
            return books.payments[place]
        }
        return shown(failed)
    }

    /// Paystack puts the reference into the address, twice.
    ///
    /// Source: Paystack documentation, "Accept Payments", redirect.
    private static func lead(to address: String?, _ payment: SimulatedPayment) -> Response {
        guard let address else { return page("Thank you", "<p>You can close this page.</p>") }
        let more = "trxref=\(payment.reference)&reference=\(payment.reference)"
        return Response.redirect(to: address + (address.contains("?") ? "&" : "?") + more)
    }

    private func shown(_ payment: SimulatedPayment) -> Response {
        let amount = "KES \(payment.cents / 100).\(payment.cents % 100 < 10 ? "0" : "")\(payment.cents % 100)"
        let back = payment.back.map { "<p><a href=\"\(Self.escaped($0))\">Back to the shop</a></p>" } ?? ""
        if payment.state == .success || payment.state == .reversed {
            return Self.page("Paid", "<p>\(amount) was paid.</p>\(back)")
        }
        guard !isOver(payment) else {
            return Self.page("This page has ended", "<p>Nothing was taken.</p>\(back)")
        }
        let told =
            payment.state == .failed ? "<p role=\"alert\">Declined: Insufficient Funds. Try again.</p>" : ""
        return Self.page(
            "Pay \(amount)",
            """
            \(told)<p>For \(Self.escaped(payment.email)), payment \(Self.escaped(payment.reference)).</p>
            <form method="post">
            <button name="action" value="pay">Pay \(amount)</button>
            <button class="quiet" name="action" value="decline">The bank says no</button>
            <button class="quiet" name="action" value="leave">Cancel and go back</button>
            </form>
            """)
    }

    func frontPage() -> Response {
        let rows = payments.reversed().prefix(50).map { payment in
            let name = Self.escaped(payment.reference)
            return "<li><a href=\"/pay/\(payment.code)\">\(name)</a>: \(payment.state.rawValue)</li>"
        }.joined()
        return Self.page(
            "The simulated Paystack",
            rows.isEmpty ? "<p>No payment was begun yet. Choose Paystack in the shop.</p>" : "<ul>\(rows)</ul>")
    }

    private static func page(_ title: String, _ body: String, status: Int = 200) -> Response {
        var response = Response.html(
            Array(
                """
                <!doctype html><html lang="en"><head><meta charset="utf-8">
                <meta name="viewport" content="width=device-width,initial-scale=1">
                <title>\(escaped(title))</title><style>\(style)</style></head>
                <body><main><p class="mark">Simulated Paystack: no money moves</p><h1>\(escaped(title))</h1>
                \(body)</main>
                </body></html>
                """.utf8), status: status)
        response.headers += [
            ("Cache-Control", "no-store"), ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ]
        return response
    }

    private static let style = """
        *{box-sizing:border-box}body{margin:0;background:#eef2f6;color:#11202e;font:16px/1.45 system-ui,sans-serif}
        main{max-width:26rem;margin:0 auto;padding:1rem}h1{font-size:1.35rem}a{color:#0b5c86}
        .mark{color:#44566a;font-size:.9rem}[role=alert]{background:#fde8e6;border-left:4px solid #b3261e;padding:.5rem}
        button{display:block;width:100%;min-height:3rem;margin-top:.75rem;border:0;border-radius:.5rem;
        background:#0b5c86;color:#fff;font:inherit;font-weight:600}
        button.quiet{background:#fff;color:#11202e;border:2px solid #7d8b99}
        """

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
