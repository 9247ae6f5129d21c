import Checkout
import Commerce
import Cryptography
import Foundation
import HTTPServer

/// Passkeys: at the door, in the place of a password that is asked for again, and among what each member of staff
/// changes of themselves. The browser's part is `public/passkeys.js`; without it nothing of this shows.
extension Site {
    /// Where this desk's passkeys belong; nil where browsers give none.
    var passkeyPlace: PasskeyPlace? { PasskeyPlace(address: configuration.deskURL) }

    /// What a page with a control for passkeys needs; nothing where browsers give none.
    var passkeyContext: Context? {
        passkeyPlace.map { ["passkeys_href": fileAddress("passkeys.js"), "passkeys_origin": $0.origin] }
    }

    // MARK: For the script

    /// What the browser is asked for.
    private struct Question: Encodable {
        struct User: Encodable {
            var id, name: String
        }
        var challenge, host, shop: String
        var seconds: Int
        var credentials: [String]
        var user: User?
    }
    /// Why not, in a sentence.
    private struct Refusal: Encodable { var problem: String }
    private struct Confirmation: Encodable { var confirmed: Bool }

    private static func json(_ value: some Encodable, status: Int = 200) throws -> Response {
        var response = Response.json(Array(try JSONEncoder().encode(value)), status: status)
        response.headers += privateHeaders
        return response
    }

    private static func json(_ problem: StaffProblem, _ words: WordBook.Words) throws -> Response {
        try json(Refusal(problem: words(problem.key, values: problem.values)), status: 403)
    }

    private func json(_ question: PasskeyQuestion, _ place: PasskeyPlace, name: String? = nil) throws -> Response {
        let user = name.map { Question.User(id: Base64URL.encode(question.user), name: $0) }
        return try Self.json(
            Question(
                challenge: Base64URL.encode(question.challenge), host: place.host, shop: shop.name,
                seconds: Shop.passkeySeconds, credentials: question.credentials.map(Base64URL.encode), user: user))
    }

    /// The answer of an authenticator, from the fields that the script fills.
    private static func answer(in form: Form) throws(StaffRefusal) -> UsedPasskey {
        func bytes(_ name: String) -> [UInt8]? { form[name].flatMap(Base64URL.decode) }
        guard let id = bytes("passkey_id"), !id.isEmpty, id.count <= 1_023, let data = bytes("passkey_data"),
            let signature = bytes("passkey_signature"), let json = bytes("passkey_client")
        else { throw .passkey(.notGood) }
        let client: PasskeyClient
        do { client = try PasskeyClient(json: json) } catch { throw .passkey(.notGood) }
        let user = bytes("passkey_user").flatMap { $0.isEmpty ? nil : $0 }
        return UsedPasskey(id: id, user: user, client: client, authenticatorData: data, signature: signature)
    }

    // MARK: The door

    /// `POST /admin/passkey/ask`: a question for whichever passkey there is.
    func askPasskeyAtDoor(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let words = Visit(request, site: self).words
        guard try doorForm(request) != nil, let place = passkeyPlace else {
            return try Self.json(StaffProblem("", "staff_form_old"), words)
        }
        guard let question = try await shop.askToSignIn(from: staffPlace(request)) else {
            return try Self.json(StaffProblem("", "staff_passkey_often"), words)
        }
        return try json(question, place)
    }

    /// `POST /admin/passkey`
    func signInWithPasskey(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let path = "/admin/sign-in"
        guard let form = try doorForm(request), let place = passkeyPlace else {
            return refused(path, StaffProblem("", "err_form_old"))
        }
        let next = nextPath(form["next"])
        do {
            let answer = try Self.answer(in: form)
            switch try await shop.signIn(passkey: answer, at: place, from: staffPlace(request)) {
            case .signedIn(let secret), .needsCode(let secret): return leadIn(secret, to: next)
            case .wrong: return refused(path, StaffProblem("", "staff_passkey_wrong"), next: next)
            case .tooMany(let until):
                return refused(path, StaffProblem("", "staff_too_many", until.eastAfrica.clock), next: next)
            case .busy: return refused(path, StaffProblem("", "staff_busy"), next: next)
            }
        } catch let refusal as StaffRefusal {
            return refused(path, Self.problem(refusal), next: next)
        }
    }

    // MARK: Instead of the password

    /// `POST /admin/me/confirm/ask`
    func askPasskeyToConfirm(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let place = passkeyPlace else { throw PageProblem(404) }
        return try json(try await shop.askPasskey(visit.visitor, toMake: false), place)
    }

    /// `POST /admin/me/confirm`: from now on no password is asked for, for some minutes.
    func confirmWithPasskey(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let place = passkeyPlace, let form = visit.form else { throw PageProblem(404) }
        do {
            let until = try await shop.confirm(
                visit.visitor, passkey: try Self.answer(in: form), at: place, from: staffPlace(visit.request))
            guard let until else { return try Self.json(Confirmation(confirmed: true)) }
            return try Self.json(StaffProblem("", "staff_too_many", until.eastAfrica.clock), visit.words)
        } catch let refusal as StaffRefusal {
            return try Self.json(Self.problem(refusal), visit.words)
        }
    }

    // MARK: One's own

    /// What "my account" shows of passkeys; nothing where browsers give none.
    func passkeyRows(_ visit: StaffVisit, _ draft: StaffDraft?) async throws -> Context {
        guard let place = passkeyPlace else { return [:] }
        let form = Self.form("passkey", draft)
        var made: Context = ["passkey_typed": draft?.form == "passkey" ? draft?.typed["passkey_name"] ?? "" : ""]
        made["passkey_usual"] = Self.browserName(visit.visitor.session.browser)
        let keys = try await shop.passkeys(of: visit.visitor).map { key -> Context in
            var row = Self.form("passkey-\(key.id.text)", draft)
            row["passkey_id"] = key.id.text
            row["passkey_name"] = key.name
            row["passkey_made"] = key.madeAt.eastAfrica.date
            if let used = key.usedAt?.eastAfrica { row["passkey_used"] = "\(used.date) \(used.clock)" }
            return row
        }
        return [
            "my_passkeys": [
                "passkey_rows": keys, "passkey_desk": "\(place.origin)/admin/me",
                "passkey_make": made.merging(form) { _, new in new },
            ] as Context
        ]
    }

    /// `POST /admin/me/passkeys/ask`: a question for a new key, once it is sure who asks.
    func askPasskeyToMake(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let place = passkeyPlace else { throw PageProblem(404) }
        do {
            try await confirmNow(visit)
            let question = try await refusing { try await shop.askPasskey(visit.visitor, toMake: true) }
            return try json(question, place, name: visit.visitor.name)
        } catch let problem as StaffProblem { return try Self.json(problem, visit.words) }
    }

    /// `POST /admin/me/passkeys`: keeps the key that was made.
    func addPasskey(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let place = passkeyPlace, let form = visit.form else { throw PageProblem(404) }
        try await confirmNow(visit)
        guard let attestation = form["passkey_attestation"].flatMap(Base64URL.decode),
            let client = form["passkey_client"].flatMap(Base64URL.decode)
        else { throw StaffProblem("", "staff_passkey_wrong") }
        let typed = visit.field("passkey_name", atMost: 60).withoutPhones
        let usual = Self.browserName(visit.visitor.session.browser)
        let name = [typed, usual, visit.words("staff_passkey")].first { !$0.isEmpty } ?? ""
        try await refusing {
            try await shop.addPasskey(
                visit.visitor, named: String(name.prefix(60)), attestation: attestation, client: client, at: place)
        }
        return try await done(visit, "/admin/me", visit.words("staff_passkey_added", name))
    }

    /// `POST /admin/me/passkeys/<id>`: removes one.
    func removePasskey(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await confirmNow(visit)
        let name = try await shop.removePasskey(parameters["id"], of: visit.visitor)
        // Removed a moment ago by another press.
        guard let name else { return try await done(visit, "/admin/me", visit.words("staff_passkey_gone")) }
        return try await done(visit, "/admin/me", visit.words("staff_passkey_removed", name))
    }

    /// A refused passkey, in words.
    static func problem(_ refusal: PasskeyRefusal) -> StaffProblem {
        switch refusal {
        case .tooOld: StaffProblem("", "staff_passkey_old")
        case .notGood: StaffProblem("", "staff_passkey_wrong")
        case .known: StaffProblem("", "staff_passkey_known")
        case .tooMany: StaffProblem("", "staff_passkey_many", "\(Shop.mostPasskeys)")
        case .needed: StaffProblem("", "staff_passkey_needed")
        }
    }
}
