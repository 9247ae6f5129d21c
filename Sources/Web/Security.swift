import Checkout
import Commerce
import HTTPServer

extension Site {
    /// Headers of every page: nothing from elsewhere, no inline script, no framing, no address leaks out.
    static let pageHeaders: [(name: String, value: String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ]

    /// For pages about one person's order: not kept by anybody, not found by search.
    static let privateHeaders = pageHeaders + [("Cache-Control", "no-store"), ("X-Robots-Tag", "noindex, nofollow")]

    /// All headers of a page, made once: pages that are kept are also sent with what the server has prepared for them.
    static let htmlHeaders = (
        goods: html + pageHeaders + [("Cache-Control", "private, no-cache")],
        personal: html + privateHeaders
    )
    private static let html: [(name: String, value: String)] = [("Content-Type", "text/html; charset=utf-8")]

    func withFileHeaders(_ file: Response) -> Response {
        var file = file
        file.headers += [("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Resource-Policy", "same-origin")]
        return file
    }

    /// Whether a form comes from another site (S3).
    ///
    /// Our pages send no referrer, so browsers say `Origin: null` with our own forms; `Sec-Fetch-Site` tells the truth
    /// and is read first. A request with neither comes from an old browser or no browser: the one-use token of the
    /// forms that matter decides then.
    func isCrossSite(_ request: Request) -> Bool {
        if let site = request.header("Sec-Fetch-Site") { return site != "same-origin" && site != "none" }
        guard let origin = request.header("Origin"), origin != "null" else { return false }
        if origin == configuration.publicURL || origin == configuration.deskURL { return false }
        guard shop.isPractice else { return true }
        return !["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].contains { origin.hasPrefix($0) }
    }
}

extension Caller {
    /// Who is asking, as far as limits are concerned.
    init(_ address: ClientAddress) {
        let prefixes = address.prefixes
        if address.isIPv4 {
            self.init(network: address.description, family: .ipv4)
        } else {
            self.init(network: prefixes[0], family: .ipv6(by56: prefixes[1], by48: prefixes[2]))
        }
    }
}
