import Checkout
import Commerce
import Cryptography
import HTTPServer

/// A form that needs another look is kept, and the answer to it leads to the page that shows it: refreshing that page,
/// or going back to it, sends nothing again.
extension Site {
    /// Leads to the page at `path` with `draft` filled in.
    ///
    /// The address holds a secret, and the cart where cookies are blocked; nothing of what was typed.
    ///
    /// - Parameters:
    ///   - token: Of the form as the page will show it.
    ///   - carriesCart: Whether the cart of this request is added to the address; not where `path` has a newer one.
    /// - Returns: Nil when the draft cannot be kept; then the page itself must be the answer, and nothing is lost.
    func redirect(
        to path: String, showing draft: some Encodable, of purpose: FormPurpose, token: String, _ visit: Visit,
        carriesCart: Bool = true
    ) async -> Response? {
        guard draftsKept.count(Caller(visit.request.client).network, at: shop.now()) == nil else { return nil }
        let mark = visit.draftMark ?? Base64URL.encode(SecureRandom.bytes(16))
        // A browser that takes cookies is the only one to see its drafts, even when somebody passes the address on.
        let browser = visit.takesCookies ? mark : ""
        guard let secret = await shop.keepDraft(draft, of: purpose, token: token, browser: browser) else { return nil }
        var address = path + (carriesCart ? visit.cartSuffix : "")
        address += (address.contains("?") ? "&" : "?") + "draft=\(secret)"
        if let language = visit.chosenLanguage { address += "&lang=\(language.rawValue)" }
        var response = Response.redirect(to: address)
        response.headers += Self.privateHeaders + [visit.draftCookie(mark)]
        visit.remember(in: &response)
        return response
    }

    /// The draft that the address of a page names, if this browser may see it.
    ///
    /// - Returns: `isOwn` when it is this browser's for certain. Where cookies are blocked, whoever sent the form may
    ///   have made somebody else open the address: they must not share the form's token, which leads to its order.
    func draft<Kept: Decodable & Sendable>(
        of purpose: FormPurpose, _ visit: Visit
    ) async throws -> (form: Kept, isOwn: Bool)? {
        guard let secret = visit.request.query["draft"] else { return nil }
        if let mark = visit.draftMark,
            let kept: Kept = try await shop.draft(secret, of: purpose, browser: mark)
        {
            return (kept, isOwn: true)
        }
        let kept: Kept? = try await shop.draft(secret, of: purpose, browser: "")
        return kept.map { ($0, isOwn: false) }
    }
}
