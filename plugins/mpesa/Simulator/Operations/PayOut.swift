extension DarajaState {
    /// Pays a person from the collection account; what lies in the working account does not count; reference,
    /// section 7.
    mutating func payOut(to phone: String, _ number: Int, at now: Milliseconds) -> Judgement {
        let payment = transactions[number]
        let source = Purse.account(payment.shortcode, .collection)
        guard holds(source) >= payment.amount else { return .failure("1", .b2c) }
        guard holds(.phone(phone)) + payment.amount <= configuration.maximumWallet else {
            return .failure("8", .b2c)
        }
        move(payment.amount, from: source, to: .phone(phone))
        charge(configuration.payoutCharge, number)
        let owner = accounts[payment.shortcode]?.name ?? payment.shortcode
        tell(
            phone,
            "\(payment.receipt) Confirmed. You have received Ksh\(grouped(payment.amount)).00 from \(owner) on "
                + "\(EastAfricaTime(now).message). New M-PESA balance is Ksh\(grouped(holds(.phone(phone)))).00.",
            at: now)
        func funds(_ account: Accounts.Account) -> JSON {
            .number("\(holds(.account(payment.shortcode, account))).00")
        }
        return .success(
            payment.receipt,
            [
                .init("TransactionAmount", .number("\(payment.amount)")),
                .init("TransactionReceipt", .string(payment.receipt)),
                .init("ReceiverPartyPublicName", .string(PersonName.publicName(phone))),
                .init("TransactionCompletedDateTime", .string(EastAfricaTime(now).dotted)),
                .init("B2CUtilityAccountAvailableFunds", funds(.collection)),
                .init("B2CWorkingAccountAvailableFunds", funds(.working)),
                .init("B2CRecipientIsRegisteredCustomer", "Y"),
                .init("B2CChargesPaidAccountAvailableFunds", funds(.charges)),
            ])
    }

    /// Pays a business from the working account; reference, section 8.
    mutating func pay(business payee: String, _ number: Int, at now: Milliseconds) -> Judgement {
        let payment = transactions[number]
        let (target, name): (Purse, String)
        if let merchant = merchant(payee), merchant.shortcode != payment.shortcode {
            (target, name) = (.account(merchant.shortcode, .collection), merchant.name)
        } else if let supplier = configuration.suppliers[payee] {
            (target, name) = (.outside(payee), supplier)
        } else {
            return .failure("SFC_IC0003", .b2b)
        }
        let source = Purse.account(payment.shortcode, .working)
        let before = holds(source)
        guard before >= payment.amount else { return .failure("1", .b2b) }
        move(payment.amount, from: source, to: target)
        let charge = configuration.businessCharge
        self.charge(charge, number)
        let left = holds(source)
        let amount = "{Amount={CurrencyCode=KES, MinimumAmount=\(left * 100), BasicAmount=\(left).00}}"
        return .success(
            payment.receipt,
            [
                .init("DebitAccountBalance", .string(amount)),
                .init("Amount", .string("\(payment.amount).00")),
                .init(
                    "DebitPartyAffectedAccountBalance",
                    .string("Working Account|KES|\(before).00|\(left).00|\(payment.amount).00|0.00")),
                .init("TransCompletedTime", .string(EastAfricaTime(now).digits)),
                .init(
                    "DebitPartyCharges", .string(charge > 0 ? "Business Pay Bill Charge|KES|\(charge).00" : "")),
                .init("ReceiverPartyPublicName", .string("\(payee) - \(name)")),
                .init("Currency", "KES"),
                .init("InitiatorAccountCurrentBalance", .string(amount)),
            ])
    }

    private mutating func charge(_ charge: Int, _ number: Int) {
        transactions[number].charge = charge
        move(charge, from: .account(transactions[number].shortcode, .charges), to: Self.charges)
    }
}
