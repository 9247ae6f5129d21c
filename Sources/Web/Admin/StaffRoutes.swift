import Commerce
import HTTPServer

extension Site {
    /// The addresses of staff.
    var staffRoutes: [Route] {
        doorRoutes + orderRoutes + moneyRoutes + goodsRoutes + settingsRoutes + peopleRoutes
    }

    /// Getting in and out.
    private var doorRoutes: [Route] {
        [
            Route(.get, "/admin/sign-in", .staffDoor, signInForm),
            Route(.post, "/admin/sign-in", .staffDoor, signIn),
            Route(.get, "/admin/code", .staffDoor, codeForm),
            Route(.post, "/admin/code", .staffDoor, enterCode),
            Route(.post, "/admin/passkey/ask", .staffDoor, askPasskeyAtDoor),
            Route(.post, "/admin/passkey", .staffDoor, signInWithPasskey),
            Route(.post, "/admin/first", .staffDoor, makeFirstOwner),
            Route(.get, "/admin/welcome/:link", .staffDoor, welcomeForm),
            Route(.post, "/admin/welcome/:link", .staffDoor, welcome),
            staff(.post, "/admin/sign-out", .look, signOut),
        ]
    }

    /// Orders and what waits.
    private var orderRoutes: [Route] {
        [
            staff(.get, "/admin", .look, desk),
            staff(.get, "/admin/orders", .look, orderList),
            staff(.get, "/admin/orders.csv", .exportOrders, exportOrders),
            staff(.post, "/admin/orders/views", .look, saveView),
            staff(.get, "/admin/orders/:number", .look, orderDesk),
            staff(.post, "/admin/orders/:number/ask", .serve, askNow),
            staff(.post, "/admin/orders/:number/prompt", .serve, promptAgain),
            staff(.post, "/admin/orders/:number/receipt", .serve, recordReceipt),
            staff(.post, "/admin/orders/:number/pack", .handOver, packOrder),
            staff(.post, "/admin/orders/:number/hand-over", .handOver, handOver),
            staff(.post, "/admin/orders/:number/hand-over-unpaid", .changeOrders, handOverUnpaid),
            staff(.post, "/admin/orders/:number/write-off", .writeOff, writeOff),
            staff(.post, "/admin/orders/:number/write-off-undo", .writeOff, undoWriteOff),
            staff(.post, "/admin/orders/:number/rider", .handOver, giveToRider),
            staff(.post, "/admin/orders/:number/rider-end", .handOver, endRiderLink),
            staff(.post, "/admin/orders/:number/cash", .handOver, takeCash),
            staff(.post, "/admin/orders/:number/take-back", .handOver, takeStepBack),
            staff(.post, "/admin/orders/:number/note", .serve, addNote),
            staff(.post, "/admin/orders/:number/tell", .serve, tellAgain),
            staff(.post, "/admin/orders/:number/cancel", .changeOrders, cancelOrder),
            staff(.post, "/admin/orders/:number/keep", .changeOrders, keepOrder),
            staff(.post, "/admin/orders/:number/revive", .changeOrders, reviveOrder),
            staff(.post, "/admin/orders/:number/refund", .askForMoneyOut, requestRefund),
            staff(.post, "/admin/items", .settleMoney, closeItem),
        ]
    }

    /// Money, figures, and what goes on behind them.
    private var moneyRoutes: [Route] {
        [
            staff(.get, "/admin/money", .look, moneyPage),
            staff(.post, "/admin/money/assign", .settleMoney, assignMoney),
            staff(.post, "/admin/money/check", .serve, checkReceipt),
            staff(.post, "/admin/refunds/:ticket", .approveMoneyOut, decideRefund),
            staff(.post, "/admin/payouts/:ticket", .approveMoneyOut, decidePayout),
            staff(.get, "/admin/payouts", .askForMoneyOut, payoutsPage),
            staff(.post, "/admin/payouts", .askForMoneyOut, requestPayout),
            staff(.get, "/admin/reconcile", .look, reconcilePage),
            staff(.post, "/admin/reconcile", .settleMoney, compareNow),
            staff(.get, "/admin/reconcile/:comparison", .look, comparisonPage),
            staff(.get, "/admin/reconcile/:comparison/refused.csv", .look, refusedRows),
            staff(.get, "/admin/statements", .look, statementsPage),
            staff(.post, "/admin/statements", .settleMoney, takeStatement),
            staff(.get, "/admin/balances", .settleMoney, balancesPage),
            staff(.post, "/admin/balances", .settleMoney, askBalances),
            staff(.get, "/admin/jobs", .seeAudit, jobsPage),
            staff(.post, "/admin/jobs", .settleMoney, tryNow),
            staff(.get, "/admin/figures", .look, figuresPage),
            staff(.get, "/admin/figures.csv", .look, figuresFile),
            staff(.get, "/admin/messages", .seeAudit, messagesPage),
            staff(.post, "/admin/messages/:id", .settleMoney, readAgain),
            staff(.get, "/admin/notices", .seeAudit, noticesPage),
            staff(.post, "/admin/notices/:id", .serve, sendNoticeAgain),
        ]
    }

    /// What is sold.
    private var goodsRoutes: [Route] {
        [
            staff(.get, "/admin/goods", .look, goodsList),
            staff(.get, "/admin/goods.csv", .changeGoods, exportGoods),
            staff(.post, "/admin/goods.csv", .changeGoods, importGoods),
            staff(.get, "/admin/goods/:slug", .changeGoods, goodsForm),
            staff(.post, "/admin/goods/:slug", .changeGoods, saveGoods),
            staff(.post, "/admin/goods/:slug/photo", .changeGoods, savePhoto),
            staff(.post, "/admin/delivery", .changeGoods, saveDelivery),
        ]
    }

    /// How the shop is set up.
    private var settingsRoutes: [Route] {
        [
            staff(.get, "/admin/settings", .changeSettings, settingsPage),
            staff(.post, "/admin/settings", .changeSettings, saveSettings),
            staff(.post, "/admin/settings/chat", .changeSettings, saveChat),
            staff(.get, "/admin/webhooks", .changeSettings, webhooksPage),
            staff(.post, "/admin/webhooks", .changeSettings, addWebhook),
            staff(.get, "/admin/webhooks/:receiver", .changeSettings, webhookPage),
            staff(.post, "/admin/webhooks/:receiver", .changeSettings, changeWebhook),
            staff(.post, "/admin/webhooks/:receiver/:message", .changeSettings, sendWebhookAgain),
            staff(.get, "/admin/setup", .changeSettings, setUpPage),
            staff(.post, "/admin/setup/address", .changeSettings, probeAddress),
            staff(.post, "/admin/setup/own", .changeSettings, beginWithOwn),
            staff(.get, "/admin/ways", .changeSettings, waysPage),
            staff(.post, "/admin/ways/:way/offer", .changeSettings, offerWay),
            staff(.get, "/admin/ways/:way", .changeSettings, wayPage),
            staff(.post, "/admin/ways/:way", .changeSettings, saveWay),
            staff(.post, "/admin/ways/:way/test", .changeSettings, tryWay),
            staff(.post, "/admin/ways/:way/prompt", .changeSettings, testPrompt),
            staff(.post, "/admin/ways/:way/register", .changeSettings, registerWay),
        ]
    }

    /// Who works here, and what everybody did.
    private var peopleRoutes: [Route] {
        [
            staff(.get, "/admin/me", .look, myPage),
            staff(.post, "/admin/me/password", .look, changePassword),
            staff(.post, "/admin/me/codes", .look, beginCodes),
            staff(.post, "/admin/me/codes/on", .look, confirmCodes),
            staff(.post, "/admin/me/codes/off", .look, stopCodes),
            staff(.post, "/admin/me/sessions/:id", .look, endSession),
            staff(.post, "/admin/me/confirm/ask", .look, askPasskeyToConfirm),
            staff(.post, "/admin/me/confirm", .look, confirmWithPasskey),
            staff(.post, "/admin/me/passkeys/ask", .look, askPasskeyToMake),
            staff(.post, "/admin/me/passkeys", .look, addPasskey),
            staff(.post, "/admin/me/passkeys/:id", .look, removePasskey),
            staff(.post, "/admin/me/alerts", .seeAudit, beginAlerts),
            staff(.post, "/admin/me/alerts/:id", .seeAudit, changeAlerts),
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
