import ArgumentParser

struct Orders: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See orders and their money, refund, match, settle.",
        discussion: """
            Works beside a running shop on the same database: these commands write what was asked for and decided, \
            and the running shop sends it. Telephone numbers and names are shown in part unless --show-numbers is \
            given.
            """,
        subcommands: [
            OrdersList.self, OrdersShow.self, OrdersWhy.self, OrdersItems.self, OrdersDone.self, OrdersRefund.self,
            OrdersRefunds.self, OrdersApprove.self, OrdersReject.self, OrdersResolve.self, OrdersRevive.self,
            OrdersMoney.self, OrdersAssign.self, OrdersResend.self,
            OrdersIsReal.self,
        ])
}
