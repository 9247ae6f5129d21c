internal import HTTPServer

/// The part of the control API that stands for Safaricom's portal, its mails and its clock; all under `/simulator`.
///
///     GET  portal                               accounts, registered addresses, switches, the operator
///     GET  certificate                          what initiators' passwords are encrypted for, as PEM
///     POST reverse                              {"receipt": …}: by hand; no address is told
///     POST shops/<shortcode>/forget             takes the registered addresses away
///     POST shops/<shortcode>/funds              {"account": collection or working, "amount": whole KES}
///     POST switches                             {"validation": "on", "prompt-confirmations": "off", …}
///     POST operator/unlock                      lets the operator try again
///     GET  clock                                the simulated time, and how far it is ahead
///     POST clock                                {"offset": …} or {"advance": …}, milliseconds, also below zero
struct PortalRoutes: Sendable {
    let daraja: Daraja

    func answer(_ request: Request, _ parts: [String]) -> Response {
        do throws(ControlBody.Problem) {
            switch (request.method, parts.count, parts.first) {
            case (.get, 1, "portal"): return .json(daraja.portalJSON.bytes)
            case (.get, 1, "clock"): return .json(clock.bytes)
            case (.get, 1, "certificate"): return .text(PracticeKey.certificate)
            case (.post, 1, "reverse"): return try reverse(request)
            case (.post, 1, "switches"): return try turn(request)
            case (.post, 1, "clock"): return try setClock(request)
            case (.post, 2, "operator") where parts[1] == "unlock":
                daraja.unlockOperator()
                return done(request, page: "/shops")
            case (.post, 3, "shops"): return try shop(request, parts[1], action: parts[2])
            default: return problem("there is no \(request.method.name) of this path", status: 404)
            }
        } catch {
            return problem(error.text, status: error.status)
        }
    }

    private func reverse(_ request: Request) throws(ControlBody.Problem) -> Response {
        let receipt = try ControlBody.read(request)["receipt"]?.text ?? ""
        let shortcode = daraja.transactions.first { $0.receipt == receipt }?.shortcode
        do throws(ReversalProblem) {
            let reversal = try daraja.reverse(receipt)
            return done(request, page: "/shops/\(shortcode ?? "")", ["receipt": .string(reversal)])
        } catch {
            if isBrowser(request), let shortcode { return .redirect(to: "/shops/\(shortcode)?problem=\(error.code)") }
            throw ControlBody.Problem(text: "\(error.code): \(error.description)", status: 409)
        }
    }

    private func turn(_ request: Request) throws(ControlBody.Problem) -> Response {
        guard case .object(let members) = try ControlBody.read(request) else {
            throw ControlBody.Problem(text: "the body is no object of switches")
        }
        var switches = daraja.switches
        for member in members {
            guard let known = Switches.all.first(where: { $0.name == member.name }) else {
                let names = Switches.all.map(\.name).joined(separator: ", ")
                throw ControlBody.Problem(text: "there is no switch \"\(member.name)\"; expected \(names)")
            }
            switch member.value {
            case "on", true: switches[keyPath: known.path] = true
            case "off", false: switches[keyPath: known.path] = false
            default: throw ControlBody.Problem(text: "\(member.name) is neither \"on\" nor \"off\"")
            }
        }
        daraja.set(switches)
        return done(request, page: "/shops")
    }

    private func shop(_ request: Request, _ shortcode: String, action: String) throws(ControlBody.Problem) -> Response {
        guard daraja.accounts.contains(where: { $0.shortcode == shortcode }) else {
            throw ControlBody.Problem(text: "there is no shop with the shortcode \"\(shortcode)\"", status: 404)
        }
        switch action {
        case "forget": daraja.register(nil, for: shortcode)
        case "funds":
            let body = try ControlBody.read(request)
            let account = body["account"]?.text.flatMap { Accounts.Account(rawValue: $0) }
            guard let account, account != .charges else {
                throw ControlBody.Problem(text: "account is missing; expected collection or working")
            }
            guard let funds = body["amount"]?.text.flatMap({ Int($0) }), (0...1_000_000_000).contains(funds) else {
                throw ControlBody.Problem(text: "amount is missing; expected whole KES from 0 to 1000000000")
            }
            daraja.setFunds(funds, in: account, of: shortcode)
        default: throw ControlBody.Problem(text: "a shop knows forget and funds", status: 404)
        }
        return done(request, page: "/shops/\(shortcode)")
    }

    // MARK: - The clock

    /// How far the simulated clock may be from the real one: ten years.
    private static let reach: Milliseconds = 10 * 366 * 86_400_000

    private var clock: JSON { ["now": JSON(daraja.now), "offset": JSON(daraja.clockOffset)] }

    private func setClock(_ request: Request) throws(ControlBody.Problem) -> Response {
        let body = try ControlBody.read(request)
        func milliseconds(_ name: String) -> Milliseconds? {
            body[name]?.text.flatMap { Milliseconds($0) }.flatMap { (-Self.reach...Self.reach).contains($0) ? $0 : nil }
        }
        let offset = milliseconds("offset") ?? milliseconds("advance").map { daraja.clockOffset + $0 }
        guard let offset, (-Self.reach...Self.reach).contains(offset) else {
            throw ControlBody.Problem(text: "expected offset or advance, whole milliseconds within ten years")
        }
        daraja.setClock(offset: offset)
        return done(request, page: "/shops", clock)
    }
}
