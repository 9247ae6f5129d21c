import Checkout
import Commerce
import Foundation
import HTTPServer
import Logging

/// An answer that is a message: thrown by handlers, shown by ``Site/message(_:for:)``.
struct PageProblem: Error {
    let status: Int
    init(_ status: Int) { self.status = status }
}

extension Site {
    /// The only place where an error becomes a page. What is not known here is a 500 with a reference; the detail goes
    /// to the log.
    func errorResponse(_ error: any Error, for request: Request) -> Response {
        switch error {
        case let problem as PageProblem: return message(problem.status, for: request)
        case is FormError: return message(400, for: request)
        default:
            let reference = Self.newReference()
            log.error(
                "A request failed", metadata: ["reference": "\(reference)", "error": "\(Shop.summary(of: error))"])
            return message(Shop.isPassing(error) ? 503 : 500, for: request, reference: reference)
        }
    }

    /// A page that says what happened, what it means for the money and what to do now.
    func message(_ status: Int, for request: Request, reference: String? = nil) -> Response {
        let visit = Visit(request, site: self)
        let words = visit.words
        let known = words.has("message_\(status)_headline") ? status : status < 500 ? 404 : 500
        var text: Context = [
            "headline": words("message_\(known)_headline"), "explanation": words("message_\(known)_explanation"),
        ]
        if words.has("message_\(known)_next") { text["next_step"] = words("message_\(known)_next") }
        if let reference { text["reference"] = reference }
        var context = visit.context(title: words("message_\(known)_headline"))
        context["message"] = text
        var response = render(.message, context, status: status, headers: Self.privateHeaders)
        if status == 429 || status == 503 { response.headers.append(("Retry-After", "30")) }
        return response
    }

    /// Four characters without look-alikes: enough to find a line in the log.
    private static func newReference() -> String { String(OrderNumber().text.prefix(4)) }
}
