import ArgumentParser
import Checkout
import Commerce
import Storage

struct Admin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin",
        abstract: "Who may run the shop from its desk (/admin).",
        subcommands: [AdminCreate.self, AdminList.self])
}

struct AdminCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a link with which somebody chooses a password.",
        discussion: """
            For somebody new, and for whoever has lost the password or the phone with the one-time codes: older \
            passwords, codes and sessions end when the link is used. It works once, for 48 hours.
            """)

    @Argument(help: "The name to sign in with, such as amina.")
    var name: String
    @Option(help: "What they are in the shop: \(StaffRole.allCases.map(\.rawValue).joined(separator: ", ")).")
    var role: String?
    @Flag(name: .customLong("json"), help: "One JSON object.")
    var isJSON = false

    private struct Answer: Encodable { let name, link: String }

    func run() async throws {
        var chosen: StaffRole?
        if let role {
            guard let known = StaffRole(rawValue: role) else {
                let words = StaffRole.allCases.map(\.rawValue).joined(separator: ", ")
                throw Stop("--role is \"\(role)\"; expected one of \(words).")
            }
            chosen = known
        }
        try await OperatorShop.open { open in
            // The first one of a shop is its owner.
            if chosen == nil, try await !open.shop.hasOwner() { chosen = .owner }
            let secret: String
            do { secret = try await open.shop.invite(name, as: chosen, by: "command line") } catch {
                throw (error as? StaffRefusal).map { Stop(Self.sentence($0)) } ?? error
            }
            let link = "\(open.settings.deskURL)/admin/welcome/\(secret)"
            guard !isJSON else { return try Shown.printJSON(Answer(name: name, link: link)) }
            print("Open this within \(Shop.invitationHours) hours to choose the password of \(name):")
            print(link)
        }
    }

    private static func sentence(_ refusal: StaffRefusal) -> String {
        switch refusal {
        case .badName: "A name has 2 to 40 letters or digits and begins with a letter, such as amina."
        case .lastOwner: "The shop needs an owner who can sign in: make another one first."
        case .noSuchMember, .oneself, .linkIsOld, .password, .wrongCode, .codesAreOn, .passkey, .busy:
            "That cannot be done."
        }
    }
}

struct AdminList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Everybody who may sign in.")

    @Flag(name: .customLong("json"), help: "One JSON object on each line.")
    var isJSON = false

    private struct Line: Encodable {
        let name, role, state: String
        let oneTimeCodes: Bool
    }

    func run() async throws {
        try await OperatorShop.open { open in
            let lines = try await open.shop.staff().map { member in
                Line(
                    name: member.name.text, role: member.role.rawValue,
                    state: member.disabledAt != nil ? "disabled" : member.password == nil ? "invited" : "active",
                    oneTimeCodes: member.asksForCode)
            }
            guard !isJSON else { return try lines.forEach(Shown.printJSON) }
            guard !lines.isEmpty else { return print("Nobody yet. Next: duka admin create NAME") }
            print(
                Shown.table(
                    [["NAME", "ROLE", "STATE", "ONE-TIME CODES"]]
                        + lines.map { [$0.name, $0.role, $0.state, $0.oneTimeCodes ? "on" : "off"] }))
        }
    }
}
