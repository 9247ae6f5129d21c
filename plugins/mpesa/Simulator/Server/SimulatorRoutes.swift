internal import HTTPServer

/// Who answers what: Daraja's own paths, the control API under `/simulator`, and pages for people.
struct SimulatorRoutes: Sendable {
    let daraja: Daraja
    let courier: Courier
    let clock: any Clock<Duration>

    func answer(_ request: Request) async -> Response {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.first) {
        case (_, "simulator"): return ControlRoutes(daraja: daraja).answer(request, Array(parts.dropFirst()))
        case (.get, nil), (.get, "phones"), (.post, "phones"), (.get, "story"):
            return PhonePages(daraja: daraja).answer(request, parts)
        case (.get, "shops"): return ShopPages(daraja: daraja).answer(request, parts)
        default: return await api(request)
        }
    }

    private func api(_ request: Request) async -> Response {
        let reply = daraja.reply(
            to: DarajaRequest(
                method: request.method.name, path: request.path, grantType: request.query["grant_type"],
                authorization: request.header("Authorization"), contentType: request.header("Content-Type"),
                body: request.body))
        await courier.send(reply.callbacksFirst)
        if reply.holdMilliseconds > 0 {
            // A client that has left ends the wait; its answer goes nowhere.
            do { try await clock.sleep(for: .milliseconds(reply.holdMilliseconds)) } catch {}
        }
        switch reply.transport {
        case .whole:
            let type = reply.answer.contentType.map { [(name: "Content-Type", value: $0)] } ?? []
            return Response(
                status: reply.answer.status, headers: type, body: .bytes(SharedBytes(reply.answer.body)))
        case .dropped:
            return Response(body: .cut)
        }
    }
}

/// The number that a person means by `text`: `0712345678`, `712345678` or `254712345678`, with spaces or without.
func phoneNumber(_ text: String) -> String? {
    let digits = text.filter { $0 != " " && $0 != "+" }
    let national =
        digits.hasPrefix("254") ? digits.dropFirst(3) : digits.hasPrefix("0") ? digits.dropFirst() : digits[...]
    let number = "254" + national
    return PushRequest.isPhone(number) ? number : nil
}
