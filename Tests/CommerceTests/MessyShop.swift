import Commerce
import PaymentKit

/// A month of a shop whose customers pay on their own: 10,000 orders, their payments, and the look-ups of a database.
struct MessyShop {
    /// How the payment came to its account text.
    enum Typing: String, CaseIterable {
        case exact, lowerCase, spaced, labelled, typo, twoTypos, missing, extra, lookAlike, cutOff, empty, phone, name
        case foreign

        /// Parts in a thousand.
        var share: Int {
            switch self {
            case .exact: 310
            case .lowerCase: 120
            case .spaced: 80
            case .labelled: 70
            case .typo: 60
            case .twoTypos, .missing: 20
            case .lookAlike: 30
            case .extra, .cutOff, .foreign: 10
            case .empty: 190
            case .phone, .name: 35
            }
        }
    }
    /// How the provider names the payer.
    enum Feed: CaseIterable { case plain, hashed, masked, absent }

    struct Payment {
        let order: Int
        let typing: Typing
        let account: String
        let payer: PhoneNumber
        let feed: Feed
        let amount: Money
        let at: Timestamp
    }

    private(set) var orders: [OrderCandidate] = []
    private(set) var payments: [Payment] = []
    private var byNumber: [OrderNumber: Int] = [:]
    private var byForm: [String: [Int]] = [:]
    private var byAmount: [Money: [Int]] = [:]
    private var random: Seeded

    private static let start = Timestamp(milliseconds: 1_767_600_000_000)
    private static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTUVWXYZ")
    private static let masks: [(Int, String)] = [(4, " ***** "), (5, "****"), (4, "*****")]

    /// Stands for SHA-256, of the same length; real hashing would only make the test slower.
    static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var mixer = Seeded(bytes.reduce(1_469_598_103_934_665_603) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
        return (0..<4).flatMap { _ in withUnsafeBytes(of: mixer.next()) { Array($0) } }
    }

    static func text(of phone: PhoneNumber, as feed: Feed) -> String? {
        switch feed {
        case .plain: return phone.digits
        case .hashed:
            return hash(Array(phone.digits.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case .masked:
            let (leading, stars) = masks[Int(phone.digits.utf8.last ?? 0) % masks.count]
            return phone.digits.prefix(leading) + stars + phone.digits.suffix(3)
        case .absent: return nil
        }
    }

    init(seed: UInt64, count: Int = 10_000) throws {
        random = Seeded(seed)
        // 6,000 regulars for 10,000 orders, and 150 prices of which a few are common.
        let people = try (0..<count * 3 / 5).map { _ in try somePhone() }
        let prices = (0..<150).map { _ in Int64.random(in: 2...160, using: &random) * 50 }
        let numbers = AccountTextTests.numbers(count, seed: seed &* 31)
        var placed: [(second: Int, person: Int, price: Int64)] = []
        while placed.count < count {
            // A month of twelve-hour days: 28 orders an hour, all of which stay open for one.
            let day = Int.random(in: 0..<30, using: &random)
            let second = day * 86_400 + 8 * 3_600 + Int.random(in: 0..<12 * 3_600, using: &random)
            let person = Int.random(in: 0..<people.count, using: &random)
            let common = Int.random(in: 0..<prices.count, using: &random)
            let price = prices[Int.random(in: 0...common, using: &random)]
            placed.append((second, person, price))
            // One in twenty orders again within the hour, half of them the same.
            if chance(50) {
                let again = chance(500) ? price : prices[Int.random(in: 0..<prices.count, using: &random)]
                placed.append((second + Int.random(in: 60...3_000, using: &random), person, again))
            }
        }
        for (place, order) in placed.prefix(count).sorted(by: { $0.second < $1.second }).enumerated() {
            let placedAt = Self.start.adding(seconds: order.second)
            let total = Money(whole: order.price, .kes)
            // One in twelve was prompted at another number too.
            let phones = [people[order.person]] + (chance(80) ? [try somePhone()] : [])
            orders.append(
                OrderCandidate(
                    id: ID(stored: "\(place)"), number: numbers[place], remainder: total, total: total,
                    isAwaitingMoney: true, phones: phones, placedAt: placedAt,
                    expiresAt: placedAt.adding(seconds: 3_600)))
        }
        index()
        for place in orders.indices { payments.append(try payment(of: place, people)) }
        payments.sort { ($0.at, $0.order) < ($1.at, $1.order) }
    }

    private mutating func index() {
        for (place, order) in orders.enumerated() {
            byNumber[order.number] = place
            byAmount[order.total, default: []].append(place)
            for phone in order.phones {
                for form in Payer.lookupForms(of: phone, sha256: Self.hash) { byForm[form, default: []].append(place) }
            }
        }
    }
}

// MARK: What customers do

extension MessyShop {
    private mutating func chance(_ perMille: Int) -> Bool { Int.random(in: 0..<1_000, using: &random) < perMille }

    private mutating func somePhone() throws -> PhoneNumber {
        let start = chance(930) ? "2547" : "2541"
        return try PhoneNumber(start + String(Int.random(in: 100_000_000...199_999_999, using: &random)).dropFirst())
    }

    private mutating func payment(of place: Int, _ people: [PhoneNumber]) throws -> Payment {
        let order = orders[place]
        var part = Int.random(in: 0..<1_000, using: &random)
        let typing = Typing.allCases.first { typing in
            part -= typing.share
            return part < 0
        }
        // Nine in ten pay from a number that the order knows; of the others half are customers themselves.
        var payer = order.phones[Int.random(in: order.phones.indices, using: &random)]
        if chance(100) {
            payer = chance(500) ? people[Int.random(in: people.indices, using: &random)] : try somePhone()
        }
        let kind = Int.random(in: 0..<100, using: &random)
        let feed: Feed = kind < 25 ? .plain : kind < 55 ? .hashed : kind < 95 ? .masked : .absent
        let amount =
            switch Int.random(in: 0..<100, using: &random) {
            case ..<6: Int64.random(in: 1..<order.total.minor / 100, using: &random)
            case ..<10: order.total.minor / 100 + Int64.random(in: 1...100, using: &random)
            case _: order.total.minor / 100
            }
        // Most within minutes; one in twelve after the order has expired.
        let delay = chance(80) ? 3_600...86_400 : chance(700) ? 30...600 : 600...3_600
        return Payment(
            order: place, typing: typing ?? .exact, account: account(for: order, typing ?? .exact), payer: payer,
            feed: feed, amount: Money(whole: amount, .kes),
            at: order.placedAt.adding(seconds: Int.random(in: delay, using: &random)))
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &random)]
    }

    private mutating func account(for order: OrderCandidate, _ typing: Typing) -> String {
        let number = order.number.text
        switch typing {
        case .exact: return number
        case .lowerCase: return number.lowercased()
        case .spaced:
            let separator = pick([" ", "-", "  ", "."])
            return " \(number.prefix(4))\(separator)\(number.suffix(4)) "
        case .labelled: return pick(["order ", "#", "Order No. ", "ORDER", "oda ", "ref:", "JANE "]) + number
        case .typo: return slip(number)
        case .twoTypos: return slip(slip(number))
        case .missing: return without(number)
        case .extra:
            var characters = Array(number)
            let place = Int.random(in: 0...characters.count, using: &random)
            characters.insert(pick(Self.alphabet), at: place)
            return String(characters)
        case .lookAlike: return lookAlike(number)
        case .cutOff: return String((pick(["payment order ", "kwa duka order "]) + number).prefix(20))
        case .empty: return ""
        case .phone: return pick([order.phones[0].digits, order.phones[0].local])
        case .name: return pick(["JANE WANJIKU", "Kamau", "otieno shop", "Mama Njeri", "PETER M", "Achieng", "rent"])
        case .foreign: return pick(["INV-20931", "ACC 5521", "12345678", "HSE 4B", "A2-17", "MARKETSHED"])
        }
    }

    /// A wrong character or two neighbours swapped.
    private mutating func slip(_ number: String) -> String {
        var characters = Array(number)
        let place = Int.random(in: 1..<characters.count, using: &random)
        if chance(350), characters[place] != characters[place - 1] {
            characters.swapAt(place, place - 1)
        } else {
            characters[place] = pick(Self.alphabet.filter { $0 != characters[place] })
        }
        return String(characters)
    }

    private mutating func without(_ number: String) -> String {
        var characters = Array(number)
        characters.remove(at: Int.random(in: characters.indices, using: &random))
        return String(characters)
    }

    /// All D, Q and J are read as 0, O and 1, as a shopper does who copies from a bad print; others get one slip.
    private mutating func lookAlike(_ number: String) -> String {
        let misread: [Character: Character] = ["D": "0", "Q": "O", "J": "1"]
        let text = String(number.map { misread[$0] ?? $0 })
        return text == number ? slip(number) : text
    }
}

// MARK: What the shop does

extension MessyShop {
    func money(_ payment: Payment, as feed: Feed) -> IncomingMoney {
        IncomingMoney(
            amount: payment.amount, account: AccountText(payment.account),
            payer: Self.text(of: payment.payer, as: feed).map { Payer($0) }, at: payment.at)
    }

    /// What a database finds: the number's order, else by near numbers, by payer, and by amount within a day, fifty
    /// of each at most.
    func candidates(for money: IncomingMoney) -> [OrderCandidate] {
        if case .number(let number) = money.account.reading, let place = byNumber[number] { return [orders[place]] }
        var places = money.account.nearNumbers.compactMap { byNumber[$0] }
        let latest = money.at.adding(seconds: 300)
        for form in money.payerForms { places += (byForm[form] ?? []).last(50) { orders[$0].placedAt <= latest } }
        let earliest = money.at.adding(seconds: -86_700)
        places += (byAmount[money.amount] ?? []).last(50) {
            orders[$0].placedAt <= latest && orders[$0].placedAt >= earliest
        }
        return places.map { orders[$0] }
    }

    func match(_ payment: Payment, as feed: Feed) -> MoneyMatch {
        let money = money(payment, as: feed)
        return MoneyMatch(of: money, among: candidates(for: money), sha256: Self.hash)
    }

    /// Books money, so that a paid order stands in nobody's way.
    mutating func book(_ payment: Payment) {
        let order = orders[payment.order]
        let remainder = order.remainder - payment.amount
        orders[payment.order] = OrderCandidate(
            id: order.id, number: order.number, remainder: remainder, total: order.total,
            isAwaitingMoney: remainder.minor > 0, phones: order.phones, placedAt: order.placedAt,
            expiresAt: order.expiresAt)
    }
}

extension Array {
    /// The last elements that are meant, the latest first; the array is sorted by time.
    fileprivate func last(_ count: Int, where isMeant: (Element) -> Bool) -> [Element] {
        Array(reversed().lazy.filter(isMeant).prefix(count))
    }
}
