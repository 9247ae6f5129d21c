import Checkout
import Commerce
import Foundation
import HTTPServer

/// What a template is given: texts, flags, lists and further contexts.
typealias Context = [String: Any]

/// One look at a page: in which language, with which cart, from where.
struct Visit {
    let site: Site
    let request: Request
    let language: Language
    private(set) var words: WordBook.Words
    /// What the page may be read in: of the shop's, what its owner offers; of the desk's, all.
    let languages: [Language]
    /// The language that was chosen with this request, by a link or by a button of a form.
    let chosenLanguage: Language?
    let cart: Cart
    /// Whether the browser sends our cookie back.
    let hasCookie: Bool

    static let cartCookie = "cart"
    static let languageCookie = "lang"
    private static let draftCookie = "draft"

    /// - Parameter form: The fields of a form that carries the cart along.
    init(_ request: Request, site: Site, form: Form? = nil) {
        self.site = site
        self.request = request
        languages = Self.isDesk(request) ? Language.allCases : site.shop.rules.voice.languages
        let chosen = (form?["switch_language"] ?? request.query["lang"]).flatMap(Language.init(rawValue:))
        chosenLanguage = chosen.flatMap { [languages] in languages.contains($0) ? $0 : nil }
        language = chosenLanguage ?? Self.language(of: request, among: languages)
        words = site.words.words(language, waysToPay: site.shop.offeredProviders.map(\.manifest.name))
        let cookie = request.cookie(Self.cartCookie)
        hasCookie = cookie != nil
        if let cookie {
            cart = Cart(text: cookie.replacing(".", with: ","))
        } else {
            cart = Cart(text: form?["c"] ?? request.query["c"] ?? "")
        }
    }

    /// The same look, with sentences for a payment on a provider's own page.
    var payingOnPage: Visit {
        var visit = self
        visit.words = words.forPage
        return visit
    }

    /// The same look at a payment with one provider.
    func speaking(of provider: String) -> Visit {
        var visit = self
        visit.words = site.words.words(language, speakingOf: provider)
        return visit
    }

    private static func isDesk(_ request: Request) -> Bool {
        request.path == "/admin" || request.path.hasPrefix("/admin/")
    }

    /// A choice made before, then the browser's, then the first that is offered.
    private static func language(of request: Request, among offered: [Language]) -> Language {
        if let language = request.cookie(languageCookie).flatMap(Language.init(rawValue:)), offered.contains(language) {
            return language
        }
        var best: (language: Language, weight: Double) = (offered.first ?? .english, 0)
        for part in (request.header("Accept-Language") ?? "").prefix(200).split(separator: ",") {
            let pieces = part.split(separator: ";")
            let code = pieces.first?.trimmingPrefix { $0 == " " }.prefix { $0 != "-" && $0 != " " } ?? ""
            let weight = pieces.dropFirst().first.flatMap { Double($0.drop { $0 != "=" }.dropFirst()) } ?? 1
            guard let language = Language(rawValue: code.lowercased()), offered.contains(language),
                weight > best.weight
            else { continue }
            best = (language, weight)
        }
        return best.language
    }

    /// What must be appended to links so that the cart comes along without cookies.
    var cartSuffix: String { hasCookie || cart.isEmpty ? "" : "?c=\(cart.text)" }

    /// What every template needs.
    func context(title: String, hasErrors: Bool = false) -> Context {
        let other: Language = language == .english ? .swahili : .english
        var context: Context = [
            "t": words.all, "lang": language.rawValue,
            "title": words(hasErrors ? "title_error" : "title_page", title, site.shop.name),
            "shop_name": site.shop.name, "practice": site.shop.isPractice, "cart_suffix": cartSuffix,
            "css_href": site.fileAddress("style.css"), "js_href": site.fileAddress("duka.js"),
            "icon_href": site.fileAddress("favicon.svg"), "has_errors": hasErrors,
        ]
        if languages.contains(other) {
            context["other_lang"] =
                [
                    "code": other.rawValue, "language": other == .english ? "English" : "Kiswahili",
                    "switch_href": switchAddress(to: other),
                ] as Context
        }
        if cart.pieces > 0 { context["cart_count"] = "\(cart.pieces)" }
        if !cartSuffix.isEmpty { context["carry"] = [["carry_name": "c", "carry_value": cart.text]] }
        if let contact = site.shop.contact {
            let digits = contact.filter(\.isNumber)
            context["contact"] = ["contact_text": contact, "contact_href": "tel:\(digits)"] as Context
        }
        return context
    }

    /// The same page in the other language. A page that was the answer to a form leads to its own address.
    private func switchAddress(to other: Language) -> String {
        var address = request.path
        for form in ["/pay", "/receipt-code", "/again", "/go", "/back"] {
            if let end = address.range(of: form, options: [.anchored, .backwards]) { address.removeSubrange(end) }
        }
        let encoded = address.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? "/"
        return encoded + (cartSuffix.isEmpty ? "?" : cartSuffix + "&") + "lang=\(other.rawValue)"
    }

    /// Sets the language cookie when a language was chosen with this request.
    func remember(in response: inout Response) {
        guard let chosenLanguage else { return }
        response.headers.append(setCookie(Self.languageCookie, chosenLanguage.rawValue, seconds: 365 * 86_400))
    }

    /// Whether the browser has sent any cookie of ours back.
    var takesCookies: Bool { hasCookie || draftMark != nil || request.cookie(Self.languageCookie) != nil }

    /// By what this browser's drafts are told from others'; nil when it has none yet.
    var draftMark: String? { request.cookie(Self.draftCookie).flatMap { $0.utf8.count == 22 ? $0 : nil } }

    /// Lives as long as a draft that is kept now.
    func draftCookie(_ mark: String) -> (name: String, value: String) {
        setCookie(Self.draftCookie, mark, seconds: Shop.draftSeconds)
    }

    func cartCookie(_ cart: Cart) -> (name: String, value: String) {
        setCookie(Self.cartCookie, cart.text.replacing(",", with: "."), seconds: cart.isEmpty ? 0 : 30 * 86_400)
    }

    private func setCookie(_ name: String, _ value: String, seconds: Int) -> (name: String, value: String) {
        let secure = site.configuration.publicURL.hasPrefix("https://") ? "; Secure" : ""
        return ("Set-Cookie", "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax\(secure)")
    }
}

extension Site {
    /// A file's address with its version, so that browsers keep it until it changes.
    func fileAddress(_ name: String) -> String { "/\(name)" + (files.version(of: name).map { "?v=\($0)" } ?? "") }

    func page(_ template: Template, _ context: Context) -> SharedBytes {
        SharedBytes(Array((library.render(context, withTemplate: template.rawValue) ?? "").utf8))
    }

    func render(
        _ template: Template, _ context: Context, status: Int = 200, headers: [(name: String, value: String)]
    ) -> Response {
        html(page(template, context), status: status, headers: headers)
    }

    func html(_ page: SharedBytes, status: Int = 200, headers: [(name: String, value: String)]) -> Response {
        var response = Response.html(page, status: status)
        response.headers += headers
        return response
    }
}
