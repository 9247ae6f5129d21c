internal import HTTPServer

/// Paying a paybill or till by hand: business number, account, amount, PIN.
struct PayPages: Sendable {
    let daraja: Daraja

    func answer(_ request: Request, _ number: String) -> Response {
        guard request.method == .post else { return page(number, [:], problem: nil).response() }
        let fields: JSON
        do throws(ControlBody.Problem) {
            fields = try ControlBody.read(request)
        } catch {
            return page(number, [:], problem: error.text).response(status: error.status)
        }
        func typed(_ name: String) -> String { fields[name]?.text ?? "" }
        // People group digits and put a comma at the thousands.
        let digits = typed("amount").filter { $0 != " " && $0 != "," }
        do throws(PaymentRefusal) {
            guard let amount = PushRequest.wholeNumber(digits) else { throw .amount }
            _ = try daraja.payBusiness(
                typed("business").filter { $0 != " " }, from: number, amount: amount, account: typed("account"),
                payerForm: nil, pin: typed("pin"))
            return .redirect(to: "/phones/\(number)")
        } catch {
            return page(number, fields, problem: error.description).response(status: 422)
        }
    }

    private func page(_ number: String, _ fields: JSON, problem: String?) -> Page {
        func value(_ name: String) -> String { escaped(fields[name]?.text ?? "") }
        let alert = problem.map { "<p role=\"alert\" id=\"problem\">\(escaped($0))</p>" } ?? ""
        let tied = problem == nil ? "" : " problem"
        let businesses = daraja.accounts.map { accounts in
            "<li><b>\(accounts.till ?? accounts.shortcode)</b> \(escaped(accounts.name)), "
                + "\(accounts.till == nil ? "paybill" : "till")</li>"
        }
        let body = """
            <p><a href="/phones/\(number)">Back to \(spaced(number))</a></p><h1>Pay a paybill or till</h1>\(alert)
            <form method="post" action="/phones/\(number)/pay">
            <label for="business">Business number</label>
            <input id="business" name="business" inputmode="numeric" autocomplete="off" value="\(value("business"))"
            aria-describedby="businesses\(tied)" required>
            <label for="account">Account number</label>
            <input id="account" name="account" maxlength="20" autocomplete="off" autocapitalize="characters"
            value="\(value("account"))" aria-describedby="till\(tied)">
            <p class="hint" id="till">For a paybill. Leave it empty for a till.</p>
            <label for="amount">Amount in KSh</label>
            <input id="amount" name="amount" inputmode="numeric" autocomplete="off" value="\(value("amount"))" required>
            <label for="pin">M-PESA PIN</label>
            <input id="pin" name="pin" type="password" inputmode="numeric" maxlength="4" autocomplete="off"
            aria-describedby="hint" required>
            <p class="hint" id="hint">The PIN of every practice phone is \(escaped(daraja.pin)).</p>
            <button>Send</button></form>
            <h2>Who can be paid</h2><ul id="businesses">\(businesses.joined())</ul>
            """
        return Page(title: "Pay a paybill or till", refreshes: false, body: body)
    }
}
