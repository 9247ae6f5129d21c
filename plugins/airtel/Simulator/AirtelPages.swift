internal import HTTPServer

/// Pages for the person who plays the customer: a phone for each number. They need no script; one with nothing to type
/// into loads itself again every two seconds.
struct AirtelPages {
    let airtel: AirtelMoney

    func answer(_ request: Request, _ parts: [String]) -> Response {
        guard request.method == .get else { return page("Not here", Self.back, status: 405) }
        switch (parts.first, parts.count) {
        case (nil, _): return list()
        case ("stories", 1): return stories(nil)
        case ("phones", 1):
            guard let number = request.query["number"].flatMap(AirtelControl.number) else {
                return page(
                    "Use a number", Self.back + "<p role=\"alert\">That is no Kenyan mobile number.</p>", status: 400)
            }
            return .redirect(to: "/phones/\(number)")
        case ("phones", 2...3):
            guard let number = AirtelControl.number(parts[1]) else {
                return page("No such phone", Self.back, status: 404)
            }
            return parts.count == 3 ? stories(number) : phone(number)
        default: return page("Not here", Self.back, status: 404)
        }
    }

    private static let back = "<p><a href=\"/\">All phones</a></p>"

    private func list() -> Response {
        var body = "<h1>Airtel Money: practice phones</h1><p class=\"hint\">No real money moves here.</p><ul>"
        let phones = airtel.phones
        for number in phones.prefix(100) {
            let prompt =
                airtel.prompt(on: number).map { "<strong>Pay KES \($0.shillings)?</strong>" } ?? "Nothing to do."
            body += "<li><a href=\"/phones/\(number)\"><b>\(Self.spaced(number))</b><br>\(prompt)</a></li>"
        }
        if phones.isEmpty { body += "<li>No phone has been asked to pay yet.</li>" }
        body += """
            </ul><form method="get" action="/phones"><label for="number">Use another number</label>
            <input id="number" name="number" inputmode="tel" autocomplete="off" placeholder="0733 123 456" required>
            <button>Open this phone</button></form>
            <p>Everybody’s story: <b>\(airtel.story(of: "").name)</b> · <a href="/stories">change</a></p>
            <p><a href="/simulator/ledger">What really happened</a></p>
            <form method="post" action="/simulator/reset"><button class="quiet">Begin anew</button></form>
            """
        return page("Practice phones", body, refreshes: true)
    }

    private func phone(_ number: String) -> Response {
        let prompt = airtel.prompt(on: number)
        var body = Self.back + "<h1>\(Self.spaced(number))</h1><p>KES \(airtel.balance(of: number))</p>"
        if let prompt {
            let action = "/simulator/phones/\(number)"
            body += """
                <form class="prompt" method="post" action="\(action)/approve">
                <p id="question">Pay KES \(prompt.shillings) to \(Self.escaped(airtel.merchant)),
                reference \(Self.escaped(prompt.reference))?</p>
                <label for="pin">Enter Airtel Money PIN</label>
                <input id="pin" name="pin" type="password" inputmode="numeric" maxlength="4" autocomplete="off"
                aria-describedby="question" required>
                <button>Send</button></form>
                <form method="post" action="\(action)/cancel"><button class="quiet">Cancel</button></form>
                <form method="post" action="\(action)/ignore">
                <button class="quiet">Look away (no answer)</button></form>
                <p class="hint">The PIN of every practice phone is \(AirtelMoney.pin).</p>
                """
        } else {
            body += "<p class=\"hint\">Waiting for a request…</p>"
        }
        body += "<ul>"
        for payment in airtel.payments.reversed() where payment.phone == number && payment.state != .underWay {
            let words =
                payment.moneyID.map { "Paid KES \(payment.shillings). Trans ID \($0)." } ?? "Not paid: \(payment.code)."
            body += "<li>\(words)\(payment.isRefunded ? " Returned." : "")</li>"
        }
        body += """
            </ul><p>Story: <b>\(airtel.story(of: number).name)</b> ·
            <a href="/phones/\(number)/story">change</a></p>
            """
        return page(Self.spaced(number), body, refreshes: prompt == nil)
    }

    private func stories(_ number: String?) -> Response {
        let current = airtel.story(of: number ?? "").name
        let field = number.map { "<input type=\"hidden\" name=\"phone\" value=\"\($0)\">" } ?? ""
        var body =
            Self.back + "<h1>What happens next</h1><form method=\"post\" action=\"/simulator/story\">\(field)<ul>"
        for story in AirtelStory.all {
            let mark = story.name == current ? " aria-current=\"true\"" : ""
            body +=
                "<li><button class=\"quiet\" name=\"story\" value=\"\(story.name)\"\(mark)>"
                + "<b>\(story.name)</b><br>\(Self.escaped(story.summary))</button></li>"
        }
        return page("What happens next", body + "</ul></form>")
    }

    // MARK: What all pages share

    private func page(_ title: String, _ body: String, refreshes: Bool = false, status: Int = 200) -> Response {
        let html = """
            <!doctype html><html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            \(refreshes ? "<meta http-equiv=\"refresh\" content=\"2\">" : "")
            <title>\(title)</title><style>\(Self.style)</style></head><body><main>\(body)</main></body></html>
            """
        var response = Response.html(Array(html.utf8), status: status)
        response.headers += [
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"),
        ]
        return response
    }

    private static let style = """
        *{box-sizing:border-box}
        body{margin:0;background:#f4eeee;color:#241b1b;font:16px/1.45 system-ui,sans-serif}
        main{max-width:26rem;margin:0 auto;padding:1rem}
        h1{font-size:1.3rem;margin:.25rem 0}
        a{color:#a3121c}
        .hint{color:#5a4d4d;font-size:.9rem}
        ul{list-style:none;padding:0}
        li{background:#fff;border:1px solid #d2c9c9;border-radius:.75rem;padding:.7rem 1rem;margin:.5rem 0;
        overflow-wrap:anywhere}
        li a{color:inherit;text-decoration:none;display:block}
        .prompt{background:#fff;border:2px solid #a3121c;border-radius:1rem;padding:1rem}
        label{display:block;font-weight:600;margin:.5rem 0 .25rem}
        input{width:100%;font:inherit;padding:.7rem;border:2px solid #948787;border-radius:.5rem}
        button{display:block;width:100%;min-height:3rem;margin-top:.75rem;padding:.7rem 1rem;border:0;
        border-radius:.5rem;background:#b3131f;color:#fff;font:inherit;font-weight:600}
        button.quiet{background:#fff;color:#241b1b;border:1px solid #948787;font-weight:400}
        [aria-current]{border:2px solid #b3131f!important}
        :focus-visible{outline:3px solid #f0a800;outline-offset:2px}
        """

    /// A number as people read it: `0733 123 456`.
    private static func spaced(_ number: String) -> String {
        let digits = Array("0" + number.dropFirst(3))
        return String(digits.prefix(4)) + " " + String(digits.dropFirst(4).prefix(3)) + " "
            + String(digits.dropFirst(7))
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
