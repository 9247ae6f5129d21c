import DukaTesting
import Foundation
import Testing

/// The commands with which plugins are configured, checked and made.
@Suite struct PluginCommands {
    private static func configure(_ shop: TestShop, _ settings: String, program: String = "plugin.py") throws {
        let folder = "\(shop.folder)/plugins.d"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let text = """
            {"program": ["/usr/bin/python3", "\(program)"], "folder": "\(TestDatabase.repository)/Examples/python-till",
             "settings": \(settings)}
            """
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/till.json"))
    }

    @Test("A plugin is configured, checked, offered, and withdrawn while the shop runs")
    func life() async throws {
        try await TestShop.open(.sqlite) { shop in
            try Self.configure(shop, #"{"till": "48210", "api_key": {"env": "DUKA_SECRET_KEY"}}"#)
            #expect(try await OperatorCommands.good(shop, "plugin", "list").output.contains("Not enabled"))
            let checked = try await OperatorCommands.good(shop, "plugin", "check", "till")
            #expect(checked.output.contains("0 broken"))
            #expect(FileManager.default.fileExists(atPath: "\(shop.folder)/plugins.d/till.report.json"))
            let enabled = try await OperatorCommands.good(shop, "plugin", "enable", "till")
            #expect(enabled.output.contains("Jirani Till 1.0.0 (example.jirani.till) is offered"))
            #expect(enabled.output.contains("Talks to: api.jirani.example"))
            #expect(try await OperatorCommands.good(shop, "plugin", "list").output.contains("till  Jirani Till 1.0.0"))
            _ = try await OperatorCommands.good(shop, "plugin", "disable", "till")
            #expect(try await OperatorCommands.good(shop, "plugin", "list").output.contains("cannot choose it"))
        }
    }

    @Test("What is wrong with a plugin is told in one sentence")
    func mistakes() async throws {
        try await TestShop.open(.sqlite) { shop in
            try await OperatorCommands.bad(shop, 1, "There is no plugin till", "plugin", "enable", "till")
            try await OperatorCommands.bad(shop, 1, "no plugin's name", "plugin", "enable", "Till/..")
            try Self.configure(shop, #"{"till": "48210"}"#)
            try await OperatorCommands.bad(shop, 1, "API key is missing (setting api_key)", "plugin", "enable", "till")
            try Self.configure(shop, "{}", program: "no-such.py")
            try await OperatorCommands.bad(shop, 1, "No such file", "plugin", "enable", "till")
            try Self.configure(shop, "[]")
            try await OperatorCommands.bad(shop, 1, "does not read: settings", "plugin", "enable", "till")
            try await OperatorCommands.bad(shop, 1, "till is not enabled", "plugin", "disable", "till")
        }
    }

    @Test("The shipped plugins keep every law")
    func shipped() async throws {
        try await TestShop.open(.sqlite) { shop in
            let checked = try await OperatorCommands.good(shop, "plugin", "check", "mpesa")
            #expect(checked.output.contains("115 laws kept, 0 broken"))
            let airtel = try await OperatorCommands.good(shop, "plugin", "check", "airtel")
            #expect(airtel.output.contains("laws kept, 0 broken"))
            for name in ["bank", "cash"] {
                let offline = try await OperatorCommands.good(shop, "plugin", "check", name)
                #expect(offline.output.contains("36 laws kept, 0 broken"))
            }
            let onPage = try await OperatorCommands.good(shop, "plugin", "check", "paystack")
            #expect(onPage.output.contains(" laws kept, 0 broken"))
        }
    }

    @Test("A new plugin in Python keeps the laws at once", arguments: ["prompt", "incoming", "redirect", "offline"])
    func new(_ kind: String) async throws {
        try await TestShop.open(.sqlite) { shop in
            let made = try await OperatorCommands.good(
                shop, "plugin", "new", "acme-pay", "--kind", kind, "--into", shop.folder)
            #expect(made.output.contains("paymentkit.py, plugin.py"))
            let text = try String(contentsOf: URL(filePath: "\(shop.folder)/acme-pay/plugin.py"), encoding: .utf8)
            #expect(text.contains("com.example.acme-pay") && text.contains("Acme Pay"))
            let checked = try await OperatorCommands.good(
                shop, "plugin", "check", "--scenario", "\(shop.folder)/acme-pay/scenario.json", "--",
                "/usr/bin/python3",
                "\(shop.folder)/acme-pay/plugin.py")
            #expect(checked.output.contains("com.example.acme-pay 1.0.0") && checked.output.contains("0 broken"))
            try await OperatorCommands.bad(
                shop, 1, "is there already", "plugin", "new", "acme-pay", "--into", shop.folder)
        }
    }

    @Test("A plugin with a mistake is told which law it breaks, what was seen and what to do")
    func broken() async throws {
        try await TestShop.open(.sqlite) { shop in
            _ = try await OperatorCommands.good(shop, "plugin", "new", "acme-pay", "--into", shop.folder)
            let file = URL(filePath: "\(shop.folder)/acme-pay/plugin.py")
            let text = try String(contentsOf: file, encoding: .utf8)
            let wrong = text.replacing(
                #"raise kit.PaymentError("outcomeUnknown","#, with: #"raise kit.PaymentError("notSent","#)
            #expect(wrong != text)
            try Data(wrong.utf8).write(to: file)
            let checked = try await OperatorCommands.runAll(
                shop,
                [
                    "plugin", "check", "--scenario", "\(shop.folder)/acme-pay/scenario.json", "--", "/usr/bin/python3",
                    "\(shop.folder)/acme-pay/plugin.py",
                ])
            #expect(checked.code == 1)
            #expect(
                checked.output.contains("BROKEN  B06") && checked.output.contains("Seen: request 1: it threw notSent"))
            #expect(checked.output.contains("throw outcomeUnknown"))
        }
    }

    /// As a live shop's operator sets it.
    private static let live = [
        "DUKA_MODE": "live", "DUKA_PUBLIC_URL": "https://shop.example", "MPESA_ENVIRONMENT": "production",
        "MPESA_BASE_URL": "",
    ]

    @Test("Where money is real a plugin is offered only in the very version that was checked")
    func version() async throws {
        try await TestShop.open(.sqlite) { shop in
            _ = try await OperatorCommands.good(shop, "plugin", "new", "acme-pay", "--into", shop.folder)
            let folder = "\(shop.folder)/plugins.d"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let text = """
                {"program": ["/usr/bin/python3", "plugin.py"], "folder": "../acme-pay",
                 "settings": {"till": "48210", "api_key": "0123456789abcdef"}}
                """
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/acme.json"))
            func enable() async throws -> OperatorCommands.Ended {
                try await OperatorCommands.runAll(shop, ["plugin", "enable", "acme"], changes: Self.live)
            }
            let unchecked = try await enable()
            #expect(unchecked.code == 1 && unchecked.remarks.contains("it was never checked"))
            _ = try await OperatorCommands.good(shop, "plugin", "check", "acme")
            let checked = try await enable()
            #expect(checked.code == 0, "\(checked)")
            let file = URL(filePath: "\(shop.folder)/acme-pay/plugin.py")
            let first = try String(contentsOf: file, encoding: .utf8)
            let next = first.replacing(#""version": "1.0.0""#, with: #""version": "1.0.1""#)
            // A number that it gives itself is not enough: another program, or other abilities, were not checked.
            let copy = try String(contentsOf: URL(filePath: "\(folder)/acme.json"), encoding: .utf8)
            let other = copy.replacing(#""program": ["#, with: #""program": ["/usr/bin/env", "#)
            try Data(other.utf8).write(to: URL(filePath: "\(folder)/acme.json"))
            try Data(first.utf8).write(to: file)
            #expect(try await enable().remarks.contains("the check was of another program"))
            try Data(copy.utf8).write(to: URL(filePath: "\(folder)/acme.json"))
            #expect(try await enable().code == 0)
            let more = first.replacing(#""summary": ""#, with: #""summary": "And more. "#)
            try Data(more.utf8).write(to: file)
            #expect(try await enable().remarks.contains("it says other things of itself"))
            try Data(next.utf8).write(to: file)
            let newer = try await enable()
            #expect(newer.code == 1 && newer.remarks.contains("and this is com.example.acme-pay 1.0.1"), "\(newer)")
        }
    }

    /// Changes a copy's report by hand.
    private static func rewrite(_ shop: TestShop, _ change: (inout [String: Any]) -> Void) throws {
        let place = URL(filePath: "\(shop.folder)/plugins.d/acme.report.json")
        var report = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any])
        change(&report)
        try JSONSerialization.data(withJSONObject: report).write(to: place)
    }

    @Test("Where money is real a plugin with a page is offered only with the hosts that were checked")
    func hosts() async throws {
        try await TestShop.open(.sqlite) { shop in
            _ = try await OperatorCommands.good(
                shop, "plugin", "new", "acme-pay", "--kind", "redirect", "--into", shop.folder)
            let scenario = try Data(contentsOf: URL(filePath: "\(shop.folder)/acme-pay/scenario.json"))
            let told = try #require(try JSONSerialization.jsonObject(with: scenario) as? [String: Any])
            let settings = try JSONSerialization.data(withJSONObject: try #require(told["settings"]))
            let folder = "\(shop.folder)/plugins.d"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let text = """
                {"program": ["/usr/bin/python3", "plugin.py"], "folder": "../acme-pay",
                 "settings": \(String(decoding: settings, as: UTF8.self))}
                """
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/acme.json"))
            _ = try await OperatorCommands.good(shop, "plugin", "check", "acme")
            func enable(_ sentence: String?) async throws {
                let ended = try await OperatorCommands.runAll(shop, ["plugin", "enable", "acme"], changes: Self.live)
                #expect((ended.code == 0) == (sentence == nil), "\(ended)")
                if let sentence { #expect(ended.remarks.contains(sentence), "\(ended)") }
            }
            try await enable(nil)
            let listed = try await OperatorCommands.runAll(shop, ["plugin", "list"], changes: Self.live).output
            #expect(listed.contains("acme  Acme Pay") && !listed.contains("duka plugin enable acme"), "\(listed)")
            try Self.rewrite(shop) { $0["pageHosts"] = ["elsewhere.example"] }
            try await enable("send customers to hosts that were not checked")
            // What was enabled before is withheld as well, for its report is not good any more.
            let withheld = try await OperatorCommands.runAll(shop, ["plugin", "list"], changes: Self.live).output
            #expect(withheld.contains("Customers cannot choose it: duka plugin enable acme"), "\(withheld)")
            try Self.rewrite(shop) { $0["pageHosts"] = nil }
            try await enable("before pages were looked at")
            try Self.rewrite(shop) { report in
                report["pageHosts"] = ["pay.jirani.example", "pages.jirani.example"]
                report["hosts"] = ["elsewhere.example"]
            }
            try await enable("talk to hosts that were not checked")
        }
    }
}
