internal import HTTPServer

/// Where a person chooses what happens next, for one phone or for everybody.
struct StoryPages: Sendable {
    let daraja: Daraja

    func answer(_ request: Request, _ number: String?) -> Response {
        let service = request.query["service"].flatMap { DarajaService(rawValue: $0) } ?? .stk
        return page(service, number).response()
    }

    private func page(_ service: DarajaService, _ number: String?) -> Page {
        let current = daraja.story(of: number ?? "", service).name
        let path = number.map { "/phones/\($0)" } ?? ""
        let field = number.map { "<input type=\"hidden\" name=\"phone\" value=\"\($0)\">" } ?? ""
        var body = """
            <p><a href="\(path.isEmpty ? "/" : path)">Back</a></p><h1>What happens next</h1>
            <p class="hint">\(number.map { "For \(spaced($0)) only." } ?? "For every phone without a story of its own.")
            </p><nav aria-label="Services"><ul>
            """
        for other in services(number) {
            let mark = other == service ? " aria-current=\"page\"" : ""
            body += "<li><a href=\"\(path)/story?service=\(other.rawValue)\"\(mark)>\(escaped(other.title))</a></li>"
        }
        body += """
            </ul></nav><h2>\(escaped(service.title))</h2>
            <form method="post" action="/simulator/story">\(field)
            <input type="hidden" name="service" value="\(service.rawValue)"><ul class="list">
            """
        if number != nil {
            body += """
                <li><button name="story" value="\(ControlRoutes.noStory)"><b>none</b><br>As for everybody</button></li>
                """
        }
        for entry in StoryCatalogue.entries(of: service) {
            let name = entry.story.name
            let mark = name == current ? " aria-current=\"true\"" : ""
            body += """
                <li><button name="story" value="\(name)"\(mark)>
                <b>\(name)</b><br>\(escaped(entry.summary))</button></li>
                """
        }
        return Page(title: "What happens next", refreshes: false, body: body + "</ul></form>")
    }

    /// A phone has no part in what shops ask about their own books.
    private func services(_ number: String?) -> [DarajaService] {
        let shopsOwn: [DarajaService] = [.b2b, .balance, .pull, .qr]
        return number == nil ? DarajaService.allCases : DarajaService.allCases.filter { !shopsOwn.contains($0) }
    }
}
