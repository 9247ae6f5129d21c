import Checkout
import Commerce
import Cryptography
import HTTPServer
import MPesaSimulator
import PaymentKit

extension FuzzTarget {
    /// The body of a posted form.
    static let form = FuzzTarget("form") { bytes throws(Wrong) in
        let form: Form
        do { form = try Form(bytes) } catch { return }
        try require(form.fields.count <= Form.fieldLimit, "\(form.fields.count) fields")
        for field in form.fields {
            try require(field.name.utf8.count <= Form.nameBytes, "a name of \(field.name.utf8.count) bytes")
            try require(!field.name.utf8.contains(0) && !field.value.utf8.contains(0), "a NUL")
        }
        // What was read, written again by the rules of forms, reads the same.
        let text = form.fields.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
        do {
            let again = try Form(Array(text.utf8))
            let isSame = again.fields.elementsEqual(form.fields) { $0.name == $1.name && $0.value == $1.value }
            try require(isSame, "fields change when they are written and read again")
        } catch let wrong as Wrong { throw wrong } catch { throw Wrong("its own writing does not read: \(error)") }
    }

    /// What follows the question mark: the form's first field of a name is the query's too.
    static let query = FuzzTarget("query") { bytes throws(Wrong) in
        let text = String(decoding: bytes, as: UTF8.self)
        let query = Query(text)
        guard let form = try? Form(Array(text.utf8)) else {
            // Whatever cannot be read stops nobody.
            _ = query["a"]
            return
        }
        for field in form.fields {
            try require(query[field.name] == form[field.name], "a field reads otherwise in an address than in a form")
        }
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    /// A telephone number as typed, against another reading of the same rules.
    static let phone = FuzzTarget("phone") { bytes throws(Wrong) in
        let text = String(decoding: bytes, as: UTF8.self)
        let expected = PhoneByTheBook.number(text)
        let found: String?
        do { found = try PhoneNumber(text).digits } catch { found = nil }
        try require(found == expected, "read as \(found ?? "none"), by the book \(expected ?? "none")")
        guard let found else { return }
        do {
            let again = try PhoneNumber(found)
            try require(again.digits == found, "a normal number is normalised again")
            let local = try PhoneNumber(again.local)
            try require(local.digits == found, "the way it is shown reads otherwise")
            try require(!again.masked.contains(found.suffix(9)), "the mask shows it")
        } catch let wrong as Wrong { throw wrong } catch { throw Wrong("a normal number is refused") }
    }

    /// The secret in a callback's address, and in a form: nothing is accepted that was not made here. The corpus holds
    /// the shape of a form's token without its code: one that is nearly right would be made right by chance.
    static let token = FuzzTarget("token") { bytes throws(Wrong) in
        let text = String(decoding: bytes, as: UTF8.self)
        if let (instance, ticket) = tokens.verify(callbackToken: text) {
            let made = tokens.callbackToken(instance: instance, ticket: ticket)
            try require(text.lowercased() == made, "a token that was never made is accepted")
            try require(known.contains(made), "a forged token is accepted")
        }
        try require(
            tokens.verify(formToken: text, for: "checkout", at: Timestamp(milliseconds: 1_767_612_615_000)) == nil,
            "a forged form token is accepted")
        _ = AddressTokens.pageKey(text)
    }

    private static let tokens: AddressTokens = {
        do { return AddressTokens(try KeyRing(keys: [(id: 1, key: Array(repeating: 7, count: 32))])) } catch {
            fatalError("A key of 32 bytes is a key: \(error)")
        }
    }()
    /// What the corpus holds: other tickets than these were never given a token.
    private static let known: Set<String> = [
        tokens.callbackToken(instance: "mpesa", ticket: Ticket("K7M29QXD-1")),
        tokens.callbackToken(instance: "mpesa", ticket: Ticket("K7M29QXD-2")),
    ]

    /// The cart in a cookie or an address.
    static let cart = FuzzTarget("cart") { bytes throws(Wrong) in
        let cart = Cart(text: String(decoding: bytes, as: UTF8.self))
        try require(cart.lines.count <= Cart.maximumLines, "\(cart.lines.count) lines")
        try require(Set(cart.lines.map(\.slug)).count == cart.lines.count, "a slug twice")
        for line in cart.lines {
            try require((1...Cart.maximumQuantity).contains(line.quantity), "\(line.quantity) pieces")
        }
        if cart.text.count <= 2_048 { try require(Cart(text: cart.text) == cart, "its own text reads otherwise") }
    }

    /// What a payer typed as the account: the order that money is given to.
    static let account = FuzzTarget("account") { bytes throws(Wrong) in
        let text = String(decoding: bytes, as: UTF8.self)
        let account = AccountText(text)
        try require(account.reading == AccountText(text).reading, "the same text reads in two ways")
        try require(account.nearNumbers.count <= 64, "\(account.nearNumbers.count) guesses")
        switch account.reading {
        case .none: break
        case .number(let number):
            try require(OrderNumber(number.text) == number, "a number whose check does not fit")
            try require(AccountText(number.text).reading == .number(number), "a number alone reads otherwise")
        case .several(let numbers):
            try require(Set(numbers).count >= 2 && Set(numbers).count == numbers.count, "several that are one")
        }
        if let phone = account.phone { try require(phone.digits.count == 12, "a phone of another length") }
    }

    /// The simulator's JSON: what it reads and writes, it reads the same again.
    static let json = FuzzTarget("json") { bytes throws(Wrong) in
        let value: JSON
        do { value = try JSON(parsing: bytes) } catch { return }
        do {
            let again = try JSON(parsing: value.bytes)
            try require(again == value, "a value changes when it is written and read again")
        } catch let wrong as Wrong { throw wrong } catch { throw Wrong("its own writing does not read") }
    }
}
