/// Something that only some of the staff may do.
package enum StaffRight: String, CaseIterable, Sendable {
    /// Orders, money and figures, with people's numbers and names shortened.
    case look
    /// People's numbers and names in full, and finding an order by a number.
    case seePeople
    /// Ask the provider now, send a prompt again, check the code of a payment, leave a note.
    case serve
    /// Hand goods over.
    case handOver
    /// End an unpaid order, or open one again.
    case changeOrders
    /// Give money to its order, settle an open item.
    case settleMoney
    /// Ask for money to go out: a refund or a payout.
    case askForMoneyOut
    /// Let money go out that somebody else asked for.
    case approveMoneyOut
    /// Give up money that is owed for goods that were handed over, or take that back.
    case writeOff
    /// Goods, prices, stock, delivery.
    case changeGoods
    /// What the shop is called.
    case changeSettings
    /// Who may do what.
    case manageStaff
    /// What everybody did.
    case seeAudit
    /// Take orders away as a file, with people's numbers and names in full.
    case exportOrders
    /// Give out all that is known of somebody, and forget it.
    case handlePeople

    /// Whether the password must have been typed a few minutes ago: it moves money, or who may move it (S12), or cannot
    /// be taken back.
    package var needsConfirmation: Bool {
        switch self {
        case .askForMoneyOut, .approveMoneyOut, .writeOff, .changeSettings, .manageStaff, .handlePeople: true
        case .look, .seePeople, .serve, .handOver, .changeOrders, .settleMoney, .changeGoods, .seeAudit,
            .exportOrders:
            false
        }
    }
}

/// What somebody is in the shop. Who may do what is this table and nothing else.
package enum StaffRole: String, CaseIterable, Sendable {
    case owner, manager, fulfilment, viewer

    package var rights: Set<StaffRight> {
        switch self {
        case .owner: Set(StaffRight.allCases)
        case .manager:
            [
                .look, .seePeople, .serve, .handOver, .changeOrders, .settleMoney, .askForMoneyOut, .approveMoneyOut,
                .writeOff, .changeGoods, .seeAudit, .exportOrders,
            ]
        case .fulfilment: [.look, .seePeople, .serve, .handOver]
        case .viewer: [.look]
        }
    }
}
