import Checkout
import Commerce
import HTTPServer
import PaymentKit

extension Site {
    /// `POST /in/<token>/<route>`: stores what a provider sends and answers at once.
    ///
    /// The path is a secret: it is in no log. A wrong one gets the same 404 as any page that is not there.
    func receiveCallback(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let result = await shop.receiveCallback(
            token: parameters["token"], route: parameters["route"], body: request.body,
            source: request.client.description, header: { request.header($0) }
        ) { published in
            published.contains { AddressRange($0)?.contains(request.client) ?? false }
        }
        switch result {
        case .answered(let reply): return Self.response(reply)
        case .stored(let reply):
            metrics.countCallback()
            return Self.response(reply)
        case .unknown:
            metrics.countWrongCallback()
            if wrongTokens.count(Caller(request.client).network, at: shop.now()) != nil { return Response(status: 429) }
            return Response(status: 404)
        case .unsigned:
            metrics.countWrongCallback()
            return Response(status: 401)
        case .tooMany: return Response(status: 429)
        case .unavailable: return Response(status: 503, headers: [("Retry-After", "5")])
        }
    }

    private static func response(_ reply: HTTPReply) -> Response {
        Response(
            status: reply.status, headers: [("Content-Type", reply.contentType)],
            body: .bytes(SharedBytes(Array(reply.body.utf8))))
    }
}
