import Commerce
import HTTPServer

/// Pages of the desk that stand together under one tab.
extension Site {
    private typealias Page = (path: String, key: String, right: StaffRight)

    /// The tab's own page comes first.
    private static let sections: [[Page]] = [
        [
            ("/admin/money", "staff_sub_money", .look), ("/admin/reconcile", "staff_sub_reconcile", .look),
            ("/admin/statements", "staff_sub_statements", .look),
            ("/admin/balances", "staff_sub_balances", .settleMoney),
            ("/admin/payouts", "staff_sub_payouts", .askForMoneyOut),
        ],
        [
            ("/admin/messages", "staff_sub_messages", .seeAudit), ("/admin/notices", "staff_sub_notices", .seeAudit),
            ("/admin/jobs", "staff_sub_jobs", .seeAudit),
        ],
    ]

    /// Pages that the settings lead to, without a row of their own.
    private static let ofSettings = ["/admin/setup", "/admin/ways", "/admin/webhooks"]

    private static func pages(with path: String) -> [Page]? {
        sections.first { pages in pages.contains { path == $0.path || path.hasPrefix($0.path + "/") } }
    }

    /// The address of the tab under which a page stands: its own for most.
    static func tab(of path: String) -> String {
        if ofSettings.contains(where: { path == $0 || path.hasPrefix($0 + "/") }) { return "/admin/settings" }
        return pages(with: path)?.first?.path ?? path
    }

    /// The pages beside this one, for who may see them; nil where there are none.
    static func section(_ visit: StaffVisit) -> Context? {
        let path = visit.request.path
        guard let pages = pages(with: path)?.filter({ visit.may($0.right) }), pages.count > 1 else { return nil }
        return [
            "sub_pages": pages.map { page -> Context in
                [
                    "sub_href": page.path, "sub_text": visit.words(page.key),
                    "sub_here": path == page.path || path.hasPrefix(page.path + "/"),
                ]
            }
        ]
    }
}
