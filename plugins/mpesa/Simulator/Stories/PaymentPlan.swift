/// What a person does who pays the paybill or till by hand, and how M-PESA tells of it; reference, sections 6.1 to 6.3.
package struct PaymentPlan: Codable, Sendable, Equatable {
    /// How the account is typed.
    package enum AccountForm: String, Codable, Sendable, CaseIterable {
        /// As it was told.
        case asTold
        /// With its last character wrong.
        case wrong
        /// In small letters, with a space on either side.
        case messy
        /// Something else altogether.
        case unrelated
    }
    /// How the payer's name is given.
    package enum NameForm: String, Codable, Sendable, CaseIterable {
        /// The first name; the others are empty.
        case first
        /// All three.
        case full
        /// The first name; the others are absent.
        case firstOnly
        /// No name at all.
        case none
    }

    /// How the payer's number is given; `nil` as the addresses were registered.
    package var payer: PayerForm?
    /// How the account is typed.
    package var account = AccountForm.asTold
    /// The payments that are made of one, each in per cent of the amount; rounded down, the last to 100 gets the rest.
    package var shares = [100]
    /// How the payer's name is given.
    package var names = NameForm.first
    /// `TransactionType` instead of the usual one, such as `Buy Goods` or nothing.
    package var transactionType: String?
    /// Whether `TransAmount` has no decimals.
    package var hasWholeAmount = false

    /// One payment as it was told, reported as usual.
    package init() {}

    /// The fields of the JSON form.
    private enum CodingKeys: String, CodingKey {
        case payer, account, shares, names, transactionType, hasWholeAmount
    }

    /// Reads the JSON form; what is left out keeps its default.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        payer = try fields.decodeIfPresent(PayerForm.self, forKey: .payer)
        account = try fields.decodeIfPresent(AccountForm.self, forKey: .account) ?? account
        shares = try fields.decodeIfPresent([Int].self, forKey: .shares) ?? shares
        names = try fields.decodeIfPresent(NameForm.self, forKey: .names) ?? names
        transactionType = try fields.decodeIfPresent(String.self, forKey: .transactionType)
        hasWholeAmount = try fields.decodeIfPresent(Bool.self, forKey: .hasWholeAmount) ?? false
        guard (1...10).contains(shares.count), shares.allSatisfy({ (1...1_000).contains($0) }) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "shares are 1 to 10 numbers from 1 to 1000"))
        }
    }

    /// The amounts that are paid when `amount` was told; each is at least 1.
    func amounts(of amount: Int) -> [Int] {
        var amounts = shares.map { max(1, amount * $0 / 100) }
        if shares.count > 1, shares.reduce(0, +) == 100 {
            amounts[shares.count - 1] = max(1, amount - amounts.dropLast().reduce(0, +))
        }
        return amounts
    }

    /// What is typed when `account` was told.
    func typed(_ account: String) -> String {
        switch self.account {
        case .asTold: account
        case .wrong: String(account.dropLast()) + (account.last == "7" ? "1" : "7")
        case .messy: " \(account.lowercased()) "
        case .unrelated: "HELLO"
        }
    }
}

/// How the payer's number is given in what M-PESA tells of a payment.
package enum PayerForm: String, Codable, Sendable, CaseIterable {
    /// SHA-256 in hexadecimal: addresses registered with version 1.
    case hashed
    /// `2547 ***** 149`: addresses registered with version 2.
    case masked
    /// `25470****149`, seen as well.
    case maskedVariant
    /// In the clear: very old registrations.
    case plain
    /// Not at all.
    case none
}
