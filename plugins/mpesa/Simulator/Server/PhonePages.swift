internal import HTTPServer

/// Pages for the person who plays the customer. They need no script: one that has nothing to type into loads itself
/// again every two seconds, one that has does not, or a half-typed PIN would be gone.
struct PhonePages: Sendable {
    let daraja: Daraja

    func answer(_ request: Request, _ parts: [String]) -> Response {
        switch (parts.count, parts.first) {
        case (0, _): return page(list())
        case (1, "phones"):
            guard let text = request.query["number"] else { return page(otherNumber(problem: nil)) }
            guard let number = phoneNumber(text) else {
                return page(otherNumber(problem: text), status: 400)
            }
            return .redirect(to: "/phones/\(number)")
        case (1, "story"): return StoryPages(daraja: daraja).answer(request, nil)
        case (2, "phones"), (3, "phones"):
            guard let number = phoneNumber(parts[1]) else { return page(otherNumber(problem: parts[1]), status: 404) }
            guard parts.count == 3 else { return page(phone(number)) }
            switch parts[2] {
            case "story": return StoryPages(daraja: daraja).answer(request, number)
            case "pay": return PayPages(daraja: daraja).answer(request, number)
            default: return page(otherNumber(problem: parts[2]), status: 404)
            }
        default: return page(otherNumber(problem: request.path), status: 404)
        }
    }

    private func page(_ page: Page, status: Int = 200) -> Response { page.response(status: status) }

    private func list() -> Page {
        let phones = daraja.phones.sorted { daraja.prompt(on: $0.number) != nil && daraja.prompt(on: $1.number) == nil }
        var body = "<h1>Practice phones</h1><p class=\"hint\">No real money moves here.</p>"
        if phones.isEmpty {
            body += "<p class=\"empty\">No phone has been asked to pay yet.<br>Pay in the shop with any number.</p>"
        } else {
            body += "<ul class=\"list\">"
            for phone in phones.prefix(100) {
                let state =
                    if let prompt = daraja.prompt(on: phone.number) {
                        "<strong>\(escaped(prompt.text))</strong>"
                    } else {
                        daraja.isBusy(phone.number) ? "A request is under way." : "Nothing to do."
                    }
                body += """
                    <li><a href="/phones/\(phone.number)"><b>\(spaced(phone.number))</b>
                    <small>Ksh\(grouped(phone.balance)).00</small><br>\(state)</a></li>
                    """
            }
            body += "</ul>"
        }
        body += """
            <p><a class="button" href="/phones">Use another number</a></p>
            <p>Everybody’s story: <b>\(escaped(daraja.story(of: "").name))</b> · <a href="/story">change</a></p>
            <p><a href="/shops">Shops: accounts, payments, reversals, clock</a></p>
            <p><a href="/simulator/ledger">Ledger of what really happened</a></p>
            <form method="post" action="/simulator/reset"><button class="quiet">Begin anew</button></form>
            """
        return Page(title: "Practice phones", refreshes: true, body: body)
    }

    private func otherNumber(problem: String?) -> Page {
        let message = problem.map { "<p role=\"alert\">“\(escaped($0))” is no Kenyan mobile number.</p>" } ?? ""
        return Page(
            title: "Use a number", refreshes: false,
            body: """
                <p><a href="/">All phones</a></p><h1>Use a number</h1>\(message)
                <form method="get" action="/phones"><label for="number">Phone number</label>
                <input id="number" name="number" inputmode="tel" autocomplete="off" placeholder="0712 345 678" required>
                <button>Open this phone</button></form>
                """)
    }

    private func phone(_ number: String) -> Page {
        let phone = daraja.phone(number)
        let prompt = daraja.prompt(on: number)
        var body = """
            <p><a href="/">All phones</a></p>
            <section class="phone"><header><h1>\(spaced(number))</h1>
            <span>Ksh\(grouped(phone.balance)).00</span></header>
            """
        if let prompt {
            let action = "/simulator/phones/\(number)"
            // Cancel has a form of its own: the Enter key presses the first button of the form with the PIN.
            body += """
                <form class="prompt" method="post" action="\(action)/approve">
                <p id="question">\(escaped(prompt.text))</p><label for="pin">Enter M-PESA PIN</label>
                <input id="pin" name="pin" type="password" inputmode="numeric" maxlength="4" autocomplete="off"
                aria-describedby="question" autofocus required>
                <div class="row"><button class="quiet" form="cancel">Cancel</button><button>Send</button></div></form>
                <form id="cancel" method="post" action="\(action)/cancel"></form>
                <form method="post" action="\(action)/ignore"><button class="link">Look away (no answer)</button></form>
                <p class="hint">The PIN of every practice phone is \(escaped(daraja.pin)).</p>
                """
        } else {
            let state = daraja.isBusy(number) ? "A request is under way…" : "Waiting for a request…"
            body += "<p class=\"empty\">\(state)</p>"
        }
        body += "<ul class=\"messages\">"
        for message in phone.messages.reversed() { body += "<li><b>M-PESA</b><br>\(escaped(message.text))</li>" }
        body += """
            </ul></section>
            <p><a class="button" href="/phones/\(number)/pay">Pay a paybill or till</a></p>
            <p>Story: <b>\(escaped(daraja.story(of: number).name))</b> ·
            <a href="/phones/\(number)/story">change</a></p>
            """
        return Page(title: spaced(number), refreshes: prompt == nil, body: body)
    }
}

/// A number as people read it: `0712 345 678`.
func spaced(_ number: String) -> String {
    let digits = Array("0" + number.dropFirst(3))
    return String(digits.prefix(4)) + " " + String(digits.dropFirst(4).prefix(3)) + " " + String(digits.dropFirst(7))
}
