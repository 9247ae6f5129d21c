import Checkout
import Commerce
import Foundation
import HTTPServer
import Logging
import Mustache
import PaymentKit
import Synchronization

/// Everything the pages need; one for each running server.
package final class Site: Sendable {
    /// What an operator sets for the pages.
    package struct Configuration: Sendable {
        /// Folder of the templates and the languages, and folder of the files served as they are.
        package var templates: String
        package var files: String
        /// The shop's public address, without a slash at its end.
        package var publicURL: String
        /// Where staff find the desk, without a slash at its end; the public address unless it has one of its own.
        package var deskURL: String
        package init(
            templates: String, files: String, publicURL: String, deskURL: String? = nil
        ) {
            self.templates = templates
            self.files = files
            self.publicURL = publicURL
            self.deskURL = deskURL ?? publicURL
        }
    }

    let shop: Shop
    let configuration: Configuration
    let words: WordBook
    let library: MustacheLibrary
    let files: StaticFiles
    let log: Logger
    let metrics = Metrics()
    let orderPages = PageCache<OrderPageKey>(limit: 8_000)
    let shopPages = PageCache<ShopPageKey>(limit: 500)
    let codes = DrawnCodes()
    let goods = RecentGoods()
    let photos = RecentPhotos()
    let makePhoto: PhotoMaking?
    let frontPages = FrontPages()
    let statusLooks: AddressLimiter
    let wrongTokens: AddressLimiter
    /// Drafts that one address may have kept on this node; more are answered without keeping them.
    let draftsKept = AddressLimiter(RateLimit(count: 300, seconds: 600))
    let streams = OpenStreams(perAddress: 30, inAll: 1_000)

    /// Reads templates, languages and files; all problems show here, before the first request.
    ///
    /// - Parameter makePhoto: How uploaded photos are made anew; without it none are taken.
    package init(
        shop: Shop, configuration: Configuration, makePhoto: PhotoMaking? = nil, log: Logger
    ) async throws {
        self.shop = shop
        self.makePhoto = makePhoto
        self.configuration = configuration
        self.log = log
        words = try WordBook(directory: "\(configuration.templates)/languages")
        // Its reader does not follow a link in the folder's place.
        let templates = URL(filePath: configuration.templates).resolvingSymlinksInPath().path
        library = try await MustacheLibrary(directory: templates)
        for name in Template.allCases where library.getTemplate(named: name.rawValue) == nil {
            throw TemplateProblem(file: "\(name.rawValue).mustache", problem: "is missing")
        }
        files = try StaticFiles(directory: configuration.files)
        statusLooks = AddressLimiter(shop.rules.status)
        wrongTokens = AddressLimiter(shop.rules.wrongTokens)
    }

    /// Most bytes that a request to an address may carry.
    package static func bodyLimit(_ method: HTTPServer.Method, _ path: String) -> Int {
        if path.hasPrefix("/in/") { return 64 * 1_024 }
        if path.hasPrefix("/v1/") { return 256 * 1_024 }
        if method == .post, path == "/admin/goods.csv" { return 2 << 20 }
        if method == .post, path.hasPrefix("/admin/goods/"), path.hasSuffix("/photo") {
            return Photo.mostBytes + 32 * 1_024
        }
        // A certificate is pasted there.
        if path.hasPrefix("/admin/ways/") { return 64 * 1_024 }
        // A statement, and the form around it.
        if method == .post, path == "/admin/statements" { return Shop.statementBytes + 32 * 1_024 }
        return 16 * 1_024
    }
}

/// The pages' templates.
enum Template: String, CaseIterable {
    case catalogue = "storefront/catalogue"
    case product = "storefront/product"
    case cart = "storefront/cart"
    case checkout = "storefront/checkout"
    case order = "storefront/order"
    case receipt = "storefront/receipt"
    case find = "storefront/find"
    case rider = "storefront/rider"
    case message = "storefront/message"
    case letter = "mail/letter"
    case ownerLetter = "mail/owner"
    case signIn = "admin/sign_in"
    case staffMessage = "admin/message"
    case desk = "admin/desk"
    case orderList = "admin/orders"
    case orderDesk = "admin/order"
    case money = "admin/money"
    case goods = "admin/goods"
    case goodsForm = "admin/goods_form"
    case figures = "admin/figures"
    case settings = "admin/settings"
    case setUp = "admin/setup"
    case way = "admin/way"
    case ways = "admin/ways"
    case me = "admin/me"
    case staff = "admin/staff"
    case trail = "admin/trail"
    case reconcile = "admin/reconcile"
    case statements = "admin/statements"
    case balances = "admin/balances"
    case payouts = "admin/payouts"
    case messages = "admin/messages"
    case notices = "admin/notices"
    case jobs = "admin/jobs"
    case privacy = "admin/privacy"
    case webhooks = "admin/webhooks"
    case webhook = "admin/webhook"
}

/// The goods as they were a moment ago, so that the front page needs no database. What is sold is checked when it is.
final class RecentGoods: Sendable {
    /// Goods that were read; equal numbers mean equal goods, which is quicker to compare and to hash.
    struct Shelf: Sendable {
        let goods: [Product]
        let number: Int
    }
    private struct Known {
        var shelf: Shelf
        var readAt: Timestamp
    }
    private let known = Mutex<Known?>(nil)

    func goods(at now: Timestamp, read: () async throws -> [Product]) async throws -> Shelf {
        let recent = known.withLock { known -> Shelf? in
            guard let known, now.milliseconds - known.readAt.milliseconds < 1_000, now >= known.readAt else {
                return nil
            }
            return known.shelf
        }
        if let recent { return recent }
        let goods = try await read()
        return known.withLock { known in
            let old = known?.shelf
            let shelf = old?.goods == goods ? old : nil
            let next = shelf ?? Shelf(goods: goods, number: (old?.number ?? 0) + 1)
            known = Known(shelf: next, readAt: now)
            return next
        }
    }
}

/// The front page as a first visitor sees it, by what the browser says of languages, for a second each.
final class FrontPages: Sendable {
    private struct Entry {
        let response: Response
        let until: Timestamp
    }
    private let entries = Mutex<[String: Entry]>([:])

    func response(for languages: String, at now: Timestamp) -> Response? {
        entries.withLock { entries in
            guard let entry = entries[languages], entry.until > now else { return nil }
            return entry.response
        }
    }

    func keep(_ response: Response, for languages: String, at now: Timestamp) {
        guard languages.utf8.count <= 100 else { return }
        entries.withLock { entries in
            if entries.count >= 100 { entries.removeAll(keepingCapacity: true) }
            entries[languages] = Entry(response: response, until: now.adding(seconds: 1))
        }
    }
}

/// Counts the event streams that are open on this node.
final class OpenStreams: Sendable {
    private let perAddress, inAll: Int
    private let open = Mutex<(byAddress: [String: Int], all: Int)>(([:], 0))

    init(perAddress: Int, inAll: Int) {
        self.perAddress = perAddress
        self.inAll = inAll
    }

    /// - Returns: False when `address`, or everybody together, has as many as may be.
    func begin(_ address: String) -> Bool {
        open.withLock { open in
            guard open.all < inAll, open.byAddress[address, default: 0] < perAddress else { return false }
            open.all += 1
            open.byAddress[address, default: 0] += 1
            return true
        }
    }

    func end(_ address: String) {
        open.withLock { open in
            open.all -= 1
            let left = (open.byAddress[address] ?? 1) - 1
            open.byAddress[address] = left > 0 ? left : nil
        }
    }
}

/// Counts what one address does on this node. It protects the node, not the truth, so it lives in memory.
struct AddressLimiter: Sendable {
    private let limit: RateLimit
    private let arrivals = Arrivals()

    private final class Arrivals: Sendable {
        let byAddress = Mutex<[String: Timestamp]>([:])
    }

    init(_ limit: RateLimit) { self.limit = limit }

    /// Counts one more from `address`.
    ///
    /// - Returns: Seconds to wait when it is too many.
    func count(_ address: String, at now: Timestamp) -> Int? {
        arrivals.byAddress.withLock { byAddress in
            if byAddress.count > 50_000 { byAddress.removeAll() }
            // Further ahead than a window it was noted before the clock went back: that must keep no shopper from
            // their page.
            let noted = byAddress[address].flatMap { $0 > now.adding(seconds: limit.seconds) ? nil : $0 }
            switch limit.decide(at: now, arrival: noted) {
            case .allowed(let arrival):
                byAddress[address] = arrival
                return nil
            case .refused(let until): return max(1, until.seconds(since: now))
            }
        }
    }
}
