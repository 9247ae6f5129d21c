import Commerce
import HTTPServer
import Logging

/// Who may use an address.
enum Audience: Sendable {
    /// Everybody; a form must come from our own pages.
    case anyone
    /// A payment provider: whoever knows the secret in the path.
    case provider
    /// The operator, on this machine: others get 404.
    case operators
    /// Whoever wants to sign in.
    case staffDoor
    /// Staff with this right.
    case staff(StaffRight)
}

/// One line of the table of addresses. `:name` stands for one part of the path.
struct Route: Sendable {
    typealias Handler = @Sendable (Request, Parameters) async throws -> Response
    let method: HTTPServer.Method
    let pattern: String
    /// A word that must stand there, or the name of what may.
    private enum Part: Sendable {
        case word(String)
        case anything(name: String)
    }
    private let parts: [Part]
    /// How many parts a path must have.
    var length: Int { parts.count }
    let audience: Audience
    let handler: Handler

    init(_ method: HTTPServer.Method, _ pattern: String, _ audience: Audience, _ handler: @escaping Handler) {
        self.method = method
        self.pattern = pattern
        parts = pattern.split(separator: "/").map { part in
            part.hasPrefix(":") ? .anything(name: String(part.dropFirst())) : .word(String(part))
        }
        self.audience = audience
        self.handler = handler
    }

    /// What stood in the path where the pattern has `:name`.
    struct Parameters: Sendable {
        fileprivate var values: [(name: String, value: String)] = []
        subscript(_ name: String) -> String { values.first { $0.name == name }?.value ?? "" }
    }

    func match(_ path: [Substring]) -> Parameters? {
        guard path.count == parts.count else { return nil }
        var parameters = Parameters()
        for (part, given) in zip(parts, path) {
            switch part {
            case .word(let word): if word != given { return nil }
            case .anything(let name): parameters.values.append((name, String(given)))
            }
        }
        return parameters
    }
}

/// What a listener serves.
package enum Door: Sendable {
    case everything
    /// All but the desk, which has a listener of its own.
    case shop
    /// The desk alone (S14).
    case desk

    fileprivate func leads(to audience: Audience) -> Bool {
        switch (self, audience) {
        case (.everything, _), (.desk, .staffDoor), (.desk, .staff): true
        case (.shop, .staffDoor), (.shop, .staff), (.desk, _): false
        case (.shop, _): true
        }
    }
}

extension Site {
    /// Every address of the shop, and who may use it.
    var routes: [Route] {
        [
            Route(.get, "/", .anyone, catalogue),
            Route(.get, "/photos/:name", .anyone, photo),
            Route(.get, "/products/:slug", .anyone, product),
            Route(.get, "/cart", .anyone, cart),
            Route(.post, "/cart", .anyone, changeCart),
            Route(.get, "/checkout", .anyone, checkoutForm),
            Route(.post, "/checkout", .anyone, placeOrder),
            Route(.get, "/orders/find", .anyone, findForm),
            Route(.post, "/orders/find", .anyone, findOrder),
            Route(.get, "/orders/:token", .anyone, order),
            Route(.get, "/orders/:token/go", .anyone, goToPay),
            Route(.get, "/orders/:token/back", .anyone, backFromPay),
            Route(.post, "/orders/:token/again", .anyone, orderAgain),
            Route(.post, "/orders/:token/pay", .anyone, payAgain),
            Route(.post, "/orders/:token/receipt-code", .anyone, showReceipt),
            Route(.get, "/orders/:token/code.png", .anyone, orderCode),
            Route(.get, "/orders/:token/status", .anyone, orderStatus),
            Route(.get, "/orders/:token/events", .anyone, orderEvents),
            Route(.get, "/orders/:token/receipt", .anyone, receipt),
            Route(.get, "/rider/:secret", .anyone, riderPage),
            Route(.get, "/rider/:secret/status", .anyone, riderStatus),
            Route(.get, "/rider/:secret/events", .anyone, riderEvents),
            Route(.post, "/rider/:secret/prompt", .anyone, promptAtDoor),
            Route(.post, "/rider/:secret/cash", .anyone, takeCashAtDoor),
            Route(.post, "/rider/:secret/code", .anyone, handOverAtDoor),
            Route(.post, "/in/:token/:route", .provider, receiveCallback),
            Route(.get, "/health/live", .anyone, live),
            Route(.get, "/health/ready", .anyone, ready),
            Route(.get, "/metrics", .operators, metricsText),
        ] + staffRoutes
    }

    /// Answers requests by the table; what is in no line of it is looked for among the files.
    package func handler(_ door: Door = .everything) -> @Sendable (Request) async -> Response {
        // By the number of their parts, so that few are tried for each request.
        let routes = routes.filter { door.leads(to: $0.audience) }
        let table = (0...(routes.map(\.length).max() ?? 0)).map { length in routes.filter { $0.length == length } }
        return { [self] request in
            // By bytes: telling characters apart takes longer than the rest, and a slash is never part of another.
            let path = request.path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
            var allowed: [HTTPServer.Method] = []
            for route in path.count < table.count ? table[path.count] : [] {
                guard let parameters = route.match(path) else { continue }
                guard route.method == request.method else {
                    allowed.append(route.method)
                    continue
                }
                return await answer(request, route, parameters)
            }
            if allowed.isEmpty, request.method == .get,
                let file = files.response(for: path.joined(separator: "/"), request: request)
            {
                return withFileHeaders(file)
            }
            var response = message(allowed.isEmpty ? 404 : 405, for: request)
            if !allowed.isEmpty {
                let names = Set(allowed.map(\.name)).union(allowed.contains(.get) ? ["HEAD"] : []).sorted()
                response.headers.append(("Allow", names.joined(separator: ", ")))
            }
            return response
        }
    }

    static let thisMachine = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }

    private func answer(_ request: Request, _ route: Route, _ parameters: Route.Parameters) async -> Response {
        metrics.countRequest()
        if case .operators = route.audience, !Self.thisMachine.contains(where: { $0.contains(request.client) }) {
            return message(404, for: request)
        }
        switch route.audience {
        case .anyone, .staffDoor, .staff:
            if route.method != .get, isCrossSite(request) { return message(403, for: request) }
        case .provider, .operators: break
        }
        do {
            var response = try await route.handler(request, parameters)
            switch route.audience {
            case .staffDoor, .staff: Visit(request, site: self).remember(in: &response)
            case .anyone, .provider, .operators: break
            }
            return response
        } catch {
            return errorResponse(error, for: request)
        }
    }
}
