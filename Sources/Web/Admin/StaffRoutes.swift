import Commerce
import HTTPServer

extension Site {
    /// The addresses of staff.
    var staffRoutes: [Route] {
        [
            Route(.get, "/admin/sign-in", .staffDoor, signInForm),
            Route(.post, "/admin/sign-in", .staffDoor, signIn),
            Route(.get, "/admin/code", .staffDoor, codeForm),
            Route(.post, "/admin/code", .staffDoor, enterCode),
            Route(.post, "/admin/first", .staffDoor, makeFirstOwner),
            Route(.get, "/admin/welcome/:link", .staffDoor, welcomeForm),
            Route(.post, "/admin/welcome/:link", .staffDoor, welcome),
            staff(.post, "/admin/sign-out", .look, signOut),
            staff(.get, "/admin", .look, desk),
            staff(.get, "/admin/orders", .look, orderList),
            staff(.get, "/admin/orders.csv", .exportOrders, exportOrders),
            staff(.post, "/admin/orders/views", .look, saveView),
            staff(.get, "/admin/orders/:number", .look, orderDesk),
            staff(.post, "/admin/orders/:number/ask", .serve, askNow),
            staff(.post, "/admin/orders/:number/prompt", .serve, promptAgain),
            staff(.post, "/admin/orders/:number/receipt", .serve, recordReceipt),
            staff(.post, "/admin/orders/:number/hand-over", .handOver, handOver),
            staff(.post, "/admin/orders/:number/note", .serve, addNote),
            staff(.post, "/admin/orders/:number/cancel", .changeOrders, cancelOrder),
            staff(.post, "/admin/orders/:number/revive", .changeOrders, reviveOrder),
            staff(.post, "/admin/orders/:number/refund", .askForMoneyOut, requestRefund),
            staff(.post, "/admin/items", .settleMoney, closeItem),
            staff(.get, "/admin/money", .look, moneyPage),
            staff(.post, "/admin/money/assign", .settleMoney, assignMoney),
            staff(.post, "/admin/money/check", .serve, checkReceipt),
            staff(.post, "/admin/refunds/:ticket", .approveMoneyOut, decideRefund),
            staff(.post, "/admin/payouts/:ticket", .approveMoneyOut, decidePayout),
            staff(.get, "/admin/figures", .look, figuresPage),
            staff(.get, "/admin/goods", .look, goodsList),
            staff(.get, "/admin/goods/:slug", .changeGoods, goodsForm),
            staff(.post, "/admin/goods/:slug", .changeGoods, saveGoods),
            staff(.post, "/admin/delivery", .changeGoods, saveDelivery),
            staff(.post, "/admin/shop", .changeSettings, nameShop),
            staff(.get, "/admin/me", .look, myPage),
            staff(.post, "/admin/me/password", .look, changePassword),
            staff(.post, "/admin/me/codes", .look, beginCodes),
            staff(.post, "/admin/me/codes/on", .look, confirmCodes),
            staff(.post, "/admin/me/codes/off", .look, stopCodes),
            staff(.post, "/admin/me/sessions/:id", .look, endSession),
            staff(.get, "/admin/staff", .manageStaff, staffList),
            staff(.post, "/admin/staff", .manageStaff, inviteMember),
            staff(.post, "/admin/staff/:name", .manageStaff, changeMember),
            staff(.get, "/admin/trail", .seeAudit, trail),
            staff(.get, "/admin/privacy", .handlePeople, privacyPage),
            staff(.post, "/admin/privacy/export", .handlePeople, exportPerson),
            staff(.post, "/admin/privacy/erase", .handlePeople, erasePerson),
        ]
    }

    /// The addresses that ask for a right, as `POST /admin/orders/:number/note`.
    package var guardedAddresses: [String] {
        routes.compactMap { route in
            if case .staff = route.audience { "\(route.method.name) \(route.pattern)" } else { nil }
        }
    }
}
