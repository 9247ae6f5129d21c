import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit

/// The small object that follows an order: the same in JSON, in events and in the page's version.
struct OrderStatusObject: Encodable, Hashable {
    struct AttemptStatus: Encodable, Hashable {
        let state: String
        let reason: String?
        let retryAfter: Int?

        enum CodingKeys: String, CodingKey {
            case state, reason
            case retryAfter = "retry_after"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(state, forKey: .state)
            try container.encode(reason, forKey: .reason)
            try container.encode(retryAfter, forKey: .retryAfter)
        }
    }
    let order, state, amount, currency: String
    let flags: [String]
    let attempt: AttemptStatus?
    let receipt: String?

    enum CodingKeys: String, CodingKey { case order, state, amount, currency, flags, attempt, receipt }

    /// - Parameter tellsReceipt: Not to riders, who need none.
    init(_ view: OrderView, tellsReceipt: Bool = true) {
        order = view.order.number.text
        state = view.status.rawValue
        amount = view.order.total.decimalText
        currency = view.order.total.currency.rawValue
        flags = view.order.flags.sorted().map(\.rawValue)
        receipt = tellsReceipt ? view.receipt : nil
        attempt = view.latest.map { latest in
            let state = latest.state
            // A prompt whose answer is missing is shown as sent: it may have been.
            let shown = state == .unknown ? "prompt_sent" : state.name
            return AttemptStatus(
                state: shown, reason: state.decline.map { Self.snake($0.reason.rawValue) },
                retryAfter: view.canRetry ? max(0, view.retryAt?.seconds(since: view.readAt) ?? 0) : nil)
        }
    }

    /// All keys are always there; what is missing is null.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(order, forKey: .order)
        try container.encode(state, forKey: .state)
        try container.encode(amount, forKey: .amount)
        try container.encode(currency, forKey: .currency)
        try container.encode(flags, forKey: .flags)
        try container.encode(attempt, forKey: .attempt)
        try container.encode(receipt, forKey: .receipt)
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// What the page's script compares to see whether the page is up to date; `templates/README.md` gives the form.
    var version: String {
        [
            state, attempt?.state ?? "", attempt?.reason ?? "", attempt?.retryAfter == nil ? "0" : "1", receipt ?? "",
            flags.joined(separator: "+"),
        ].joined(separator: "/")
    }

    /// Whether nothing more happens by itself.
    var isSettled: Bool { state == "paid" && receipt != nil || state == "reversed" }

    /// `insufficientFunds` → `insufficient_funds`
    private static func snake(_ name: String) -> String {
        var text = ""
        for character in name {
            if character.isUppercase, text.last?.isUppercase != true, text.last != "_", !text.isEmpty,
                !(text.hasSuffix("_p") || text.hasSuffix("_pi"))
            {
                text.append("_")
            }
            text.append(contentsOf: character.lowercased())
        }
        return text
    }
}

extension Site {
    /// `/orders/<token>/status`.
    func orderStatus(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let address = Caller(request.client).network
        if let wait = statusLooks.count(address, at: shop.now()) {
            return Response(
                status: 429,
                headers: Self.privateHeaders + [("Retry-After", "\(wait)"), ("Content-Type", "application/json")])
        }
        guard let view = try await viewOrder(request, parameters) else { throw PageProblem(404) }
        var response = Response.json(Array(try OrderStatusObject(view).json.utf8))
        response.headers += Self.privateHeaders
        return response
    }

    /// The order of a page's secret. Wrong secrets are counted, and look the same whatever is wrong with them (I34).
    func viewOrder(_ request: Request, _ parameters: Route.Parameters) async throws -> OrderView? {
        let view = try await shop.viewOrder(pageToken: parameters["token"])
        if view == nil, wrongTokens.count(Caller(request.client).network, at: shop.now()) != nil {
            throw PageProblem(429)
        }
        return view
    }

    /// `/orders/<token>/events`: the same object, sent when it changes, for ten minutes; then the browser comes again.
    /// An event `page` says that the page has other news: a place in line, a receipt that was looked up.
    func orderEvents(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        guard let first = try await viewOrder(request, parameters) else { throw PageProblem(404) }
        let token = parameters["token"]
        return try follow(
            request, from: followed(first),
            version: { [shop] in try await shop.orderVersion(pageToken: token)?.version },
            fresh: { [self] in try await shop.viewOrder(pageToken: token).map(followed) })
    }

    private func followed(_ view: OrderView) -> Followed {
        let status = OrderStatusObject(view)
        return Followed(view: view, status: status, isLive: isLive(view, status))
    }

    /// An order as an open page follows it.
    struct Followed: Sendable {
        let view: OrderView
        let status: OrderStatusObject
        /// Whether anything may still change by itself.
        let isLive: Bool
    }

    /// Sends what changes of an order, as long as the page is open and something may change.
    ///
    /// - Parameters:
    ///   - version: The order's version now; nil when the page has ended.
    ///   - fresh: The order now.
    func follow(
        _ request: Request, from first: Followed, version: @escaping @Sendable () async throws -> Int64?,
        fresh: @escaping @Sendable () async throws -> Followed?
    ) throws -> Response {
        // Streams hold connections: so many each and so many in all, then the page falls back to asking.
        let address = Caller(request.client).network
        guard streams.begin(address) else { throw PageProblem(429) }
        let stream = EventStream { [self] stream in
            var shown = first
            do {
                stream.send(event: "status", data: try shown.status.json)
                for tick in 1..<1_200 where !stream.isClosed && shown.isLive {
                    try await Task.sleep(for: .milliseconds(500))
                    guard let now = try await version() else { return }
                    let turn = shown.view.nextTurn(promptSeconds: shop.rules.promptSeconds)
                    let isDue = turn.map { shop.now() >= $0 } ?? false
                    // A place in line moves without anything that is stored about this order.
                    let isInLine = shown.view.latest?.state == .pending && tick % 2 == 0
                    guard now != shown.view.order.version || isDue || isInLine, let next = try await fresh() else {
                        continue
                    }
                    if next.status != shown.status {
                        stream.send(event: "status", data: try next.status.json)
                    } else if next.view.pageMark != shown.view.pageMark {
                        stream.send(event: "page", data: next.view.pageMark)
                    }
                    shown = next
                }
            } catch {
                // The page falls back to asking; a stream that ends is opened again by the browser.
                return
            }
        }
        stream.onClose { [streams] in streams.end(address) }
        var response = Response.events(stream)
        response.headers += Self.pageHeaders + [("X-Robots-Tag", "noindex, nofollow")]
        return response
    }
}
