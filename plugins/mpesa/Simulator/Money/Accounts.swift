/// What M-PESA holds for a shortcode, in whole KES.
package struct Accounts: Sendable, Equatable {
    /// One of the accounts of a shortcode.
    package enum Account: String, Sendable, CaseIterable {
        /// Where customers' payments go, and what reversals and payments to people are taken from: the utility account
        /// of a paybill, the merchant account of a till.
        case collection
        /// What payments to businesses are taken from.
        case working
        /// What charges are noted in; it falls below zero.
        case charges
    }
    /// The paybill or store number.
    package let shortcode: String
    /// What M-PESA calls its owner.
    package let name: String
    /// The till, for Buy Goods.
    package let till: String?
    /// What the accounts held at the beginning.
    package var opening: [Account: Int]
    /// What the accounts hold now.
    package var now: [Account: Int]

    init(_ merchant: DarajaConfiguration.Merchant, opening funds: Int) {
        shortcode = merchant.shortcode
        name = merchant.name
        till = merchant.till
        opening = [.collection: funds, .working: funds, .charges: 0]
        now = opening
    }

    /// Whole KES in an account.
    package subscript(account: Account) -> Int { now[account, default: 0] }

    /// The name M-PESA gives to an account.
    package func title(_ account: Account) -> String {
        switch account {
        case .collection: till == nil ? "Utility Account" : "Merchant Account"
        case .working: "Working Account"
        case .charges: "Charges Paid Account"
        }
    }

    /// `publicName` as in results: `174379 - DUKA`.
    var publicName: String { "\(shortcode) - \(name)" }
}

/// Where money lies.
enum Purse: Hashable {
    case phone(String)
    case account(String, Accounts.Account)
    /// A business that is none of the merchants, or M-PESA itself.
    case outside(String)
}

extension DarajaState {
    /// Where charges go.
    static let charges = Purse.outside("M-PESA")

    /// Whole KES in a purse.
    func holds(_ purse: Purse) -> Int {
        switch purse {
        case .phone(let number): phones[number]?.balance ?? configuration.openingBalance
        case .account(let shortcode, let account): accounts[shortcode]?[account] ?? 0
        case .outside(let name): outside[name, default: 0]
        }
    }

    /// Moves whole KES from one purse to another: the only way in which money moves.
    mutating func move(_ amount: Int, from source: Purse, to target: Purse) {
        precondition(amount >= 0, "money moves forward")
        add(-amount, to: source)
        add(amount, to: target)
    }

    private mutating func add(_ amount: Int, to purse: Purse) {
        switch purse {
        case .phone(let number):
            meet(number)
            phones[number]?.balance += amount
        case .account(let shortcode, let account): accounts[shortcode]?.now[account, default: 0] += amount
        case .outside(let name): outside[name, default: 0] += amount
        }
    }

    /// Makes sure that there is a phone of this number.
    mutating func meet(_ number: String) {
        if phones[number] == nil { phones[number] = Phone(number: number, balance: configuration.openingBalance) }
    }

    /// Sends an SMS.
    mutating func tell(_ number: String, _ text: String, at now: Milliseconds) {
        meet(number)
        phones[number]?.receive(text, at: now)
    }

    /// Every account as configured, with nothing moved yet.
    static func openAccounts(_ configuration: DarajaConfiguration) -> [String: Accounts] {
        var accounts: [String: Accounts] = [:]
        for merchant in configuration.merchants {
            accounts[merchant.shortcode] = Accounts(merchant, opening: configuration.openingFunds)
        }
        return accounts
    }

    /// The merchant whose shortcode or till this is.
    func merchant(_ number: String) -> DarajaConfiguration.Merchant? {
        configuration.merchants.first { $0.shortcode == number || $0.till == number }
    }
}
