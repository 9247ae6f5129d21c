internal import HTTPServer

/// Pages for the person who plays a shop's people at Safaricom: accounts, reversals by hand, addresses, the clock.
struct ShopPages: Sendable {
    let daraja: Daraja

    /// Most transactions on a page.
    private static let rows = 50

    func answer(_ request: Request, _ parts: [String]) -> Response {
        if parts.count == 1 { return list().response() }
        guard parts.count == 2, let accounts = daraja.accounts.first(where: { $0.shortcode == parts[1] }) else {
            return Page(
                title: "No such shop", refreshes: false,
                body: "<p><a href=\"/shops\">All shops</a></p><h1>There is no such shop</h1>"
            ).response(status: 404)
        }
        return shop(accounts, problem: request.query["problem"]).response()
    }

    private func list() -> Page {
        var body = "<p><a href=\"/\">Phones</a></p><h1>Shops</h1><ul class=\"list\">"
        for accounts in daraja.accounts {
            body += """
                <li><a href="/shops/\(accounts.shortcode)"><b>\(escaped(accounts.name))</b>
                <small>Ksh\(grouped(accounts[.collection])).00</small><br>\(numbers(accounts))</a></li>
                """
        }
        body += "</ul><h2>What Safaricom sets up</h2>"
        let switches = daraja.switches
        for known in Switches.all {
            let isOn = switches[keyPath: known.path]
            let turn = "Switch \(isOn ? "off" : "on")"
            body += """
                <form class="card" method="post" action="/simulator/switches">\(escaped(known.title)):
                <b>\(isOn ? "on" : "off")</b>
                <button class="quiet" name="\(known.name)" value="\(isOn ? "off" : "on")"
                aria-label="\(turn): \(escaped(known.title))">\(turn)</button></form>
                """
        }
        body += """
            <h2>API operator</h2><div class="card">Name <b>\(escaped(daraja.configuration.operatorName))</b>,
            password <b>\(escaped(daraja.configuration.operatorPassword))</b><br>
            <a href="/simulator/certificate">Certificate to encrypt it for</a>
            \(daraja.isOperatorLocked ? unlockForm : "<br>Not locked.")</div>
            """
        return Page(title: "Shops", refreshes: false, body: body + clock)
    }

    private let unlockForm = """
        <form method="post" action="/simulator/operator/unlock">
        <p role="alert">Locked after wrong passwords.</p><button class="quiet">Unlock</button></form>
        """

    private var clock: String {
        let time = EastAfricaTime(daraja.now)
        let steps: [(String, Milliseconds)] = [
            ("10 minutes back", -600_000), ("10 minutes on", 600_000), ("1 hour on", 3_600_000),
            ("1 day on", 86_400_000),
        ]
        let buttons = steps.map { "<button class=\"quiet\" name=\"advance\" value=\"\($0.1)\">\($0.0)</button>" }
        return """
            <h2>Clock</h2><form class="card" method="post" action="/simulator/clock">
            It is <b>\(time.dotted)</b> in Nairobi\(daraja.clockOffset == 0 ? "" : ", which is not the real time").
            \(buttons.joined())<button class="quiet" name="offset" value="0">Real time</button></form>
            """
    }

    private func shop(_ accounts: Accounts, problem: String?) -> Page {
        let alert = problem.map { code in
            "<p role=\"alert\">Not reversed: \(escaped(OperationText.of(code, .reversal)))</p>"
        }
        var body = """
            <p><a href="/shops">All shops</a></p><h1>\(escaped(accounts.name))</h1><p>\(numbers(accounts))</p>
            \(alert ?? "")<h2>Accounts</h2><dl>
            """
        for account in Accounts.Account.allCases {
            body += "<dt>\(accounts.title(account))</dt><dd>Ksh\(grouped(accounts[account])).00</dd>"
        }
        body += "</dl><h2>Addresses for payments by hand</h2>\(addresses(accounts.shortcode))<h2>Transactions</h2>"
        let transactions = daraja.transactions.filter { transaction in
            transaction.shortcode == accounts.shortcode
                || [accounts.shortcode, accounts.till].contains(transaction.payee)
        }
        if transactions.isEmpty { body += "<p class=\"empty\">Nothing has moved yet.</p>" }
        for transaction in transactions.suffix(Self.rows).reversed() { body += card(transaction) }
        return Page(title: accounts.name, refreshes: false, body: body)
    }

    private func addresses(_ shortcode: String) -> String {
        guard let registration = daraja.registration(of: shortcode) else {
            return "<p class=\"hint\">None is registered: nobody is told of payments by hand.</p>"
        }
        return """
            <dl><dt>Confirmation</dt><dd>\(escaped(registration.confirmationURL))</dd>
            <dt>Validation</dt><dd>\(escaped(registration.validationURL))</dd>
            <dt>Without an answer to validation</dt><dd>\(registration.responseType.rawValue)</dd>
            <dt>Version</dt><dd>\(registration.version)</dd></dl>
            <form method="post" action="/simulator/shops/\(shortcode)/forget">
            <button class="quiet">Delete these addresses</button></form>
            """
    }

    private func card(_ transaction: Transaction) -> String {
        func party(_ number: String) -> String { PushRequest.isPhone(number) ? spaced(number) : escaped(number) }
        let isReversible =
            (transaction.kind == .stk || transaction.kind == .c2b) && transaction.status == .completed
            && transaction.reversedBy == nil
        let account = transaction.account.isEmpty ? "" : ", account \(escaped(transaction.account))"
        let refusal = transaction.refusal.map { " (\(escaped($0)))" } ?? ""
        let reversed = transaction.reversedBy.map { "<br>Reversed by \($0)" } ?? ""
        let reverses = transaction.reverses.map { "<br>Reverses \($0)" } ?? ""
        let button = """
            <form method="post" action="/simulator/reverse">
            <input type="hidden" name="receipt" value="\(transaction.receipt)">
            <button class="quiet" aria-label="Reverse \(transaction.receipt)">Reverse</button></form>
            """
        return """
            <div class="card"><span class="amount">Ksh\(grouped(transaction.amount)).00</span>
            <b>\(transaction.receipt)</b> \(transaction.kind.rawValue)<br>
            \(party(transaction.payer)) to \(party(transaction.payee))\(account)<br>
            \(EastAfricaTime(transaction.finalisedAt ?? transaction.initiatedAt).dotted),
            \(transaction.status.rawValue)\(refusal)\(reversed)\(reverses)\(isReversible ? button : "")</div>
            """
    }

    private func numbers(_ accounts: Accounts) -> String {
        accounts.till.map { "Till \($0), store \(accounts.shortcode)" } ?? "Paybill \(accounts.shortcode)"
    }
}
