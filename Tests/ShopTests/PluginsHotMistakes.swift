@testable import Checkout
import DukaTesting
import Foundation
import Testing

/// What happens to files beside a shop that runs, by mistake or for a moment.
@Suite struct PluginsHotMistakes {
    /// Puts a copy into the folder that the shop offers.
    private static func offer(_ name: String, key: String, _ served: PluginsHot.Served) async throws {
        try served.configure(name, key: key)
        _ = try await OperatorCommands.good(served.shop, "plugin", "enable", name)
        try await served.shop.eventually("\(name) is offered") { try await served.offers(name) }
    }

    /// Returns when the running shop has looked at its files at least so many times since now: with each look it reads
    /// its name, too.
    private static func looks(_ count: Int, _ served: PluginsHot.Served) async throws {
        for number in 1...count {
            let name = "Duka \(number) \(UInt32.random(in: 0...9_999))"
            _ = try await served.shop.shop.set([.name: name])
            try await served.shop.eventually("the shop has looked") {
                try await served.shop.page(served.address).contains(name)
            }
        }
    }

    @Test("A folder that is away, or a file that is missing for a moment, takes no way to pay away")
    func away() async throws {
        try await PluginsHot.serve { served in
            try await Self.offer("till", key: "\"the-first-key-0001\"", served)
            let folder = "\(served.shop.folder)/plugins.d"
            try FileManager.default.moveItem(atPath: folder, toPath: folder + ".old")
            // More than a name that is missing in a folder is given.
            try await Self.looks(6, served)
            #expect(try await served.offers())
            try FileManager.default.moveItem(atPath: folder + ".old", toPath: folder)

            let moved = ContinuousClock.now
            try FileManager.default.moveItem(atPath: "\(folder)/till.json", toPath: "\(folder)/till.json~")
            // The first sees the change, the second that it stands.
            try await Self.looks(2, served)
            let isOffered = try await served.offers()
            // On a machine that is slower than that it was no moment.
            #expect(isOffered || ContinuousClock.now - moved > .seconds(5))
            try FileManager.default.moveItem(atPath: "\(folder)/till.json~", toPath: "\(folder)/till.json")
            try await Self.looks(4, served)
            #expect(try await served.offers(), "looks at which it was missed do not add up")
            let order = try await served.buy()
            try await served.shop.eventually("it is paid") { try await served.isPaid(order) }
        }
    }

    @Test("The file of settings that is taken away takes no secret away", arguments: [true, false])
    func environment(_ isTakenAway: Bool) async throws {
        try await PluginsHot.serve { served in
            try served.write("JIRANI_KEY=the-first-key-0001\n", "duka.env")
            // The shop has started without the file, so its start is not what it may fall back to.
            try await Self.offer("till", key: #"{"env": "JIRANI_KEY"}"#, served)
            let file = "\(served.shop.folder)/duka.env"
            try FileManager.default.removeItem(atPath: file)
            if !isTakenAway {
                // Nobody can read a folder as lines.
                try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
            }
            try served.configure("kiosk", key: "\"the-kiosks-key-0003\"")
            try served.copyState(from: "till", to: "kiosk")
            try await served.shop.eventually("all was read again") { try await served.offers("kiosk") }
            let first = try await served.buy()
            try await served.shop.eventually("it is paid") { try await served.isPaid(first) }
            if !isTakenAway { try FileManager.default.removeItem(atPath: file) }
            try served.write("JIRANI_KEY=the-other-key-0002\n", "duka.env")
            try await Self.looks(4, served)
            let second = try await served.buy()
            try await served.shop.eventually("it is paid") { try await served.isPaid(second) }
            #expect(served.jirani.keys == ["the-first-key-0001", "the-other-key-0002"])
        }
    }

    @Test("A copy is disabled also while its own file does not read, and when what was decided about it does not")
    func disabled() async throws {
        try await PluginsHot.serve { served in
            let shop = served.shop
            try await Self.offer("till", key: "\"the-first-key-0001\"", served)
            try await Self.offer("kiosk", key: "\"the-kiosks-key-0003\"", served)
            try served.write("{\"program\": [", "plugins.d/till.json")
            try await Self.looks(3, served)
            #expect(try await served.offers())
            _ = try await OperatorCommands.good(shop, "plugin", "disable", "till")
            try await shop.eventually("it is not offered") { try await !served.offers() }
            #expect(try await served.offers("kiosk"))
            try served.write("{\"isOffered\": tr", "plugins.d/kiosk.state.json")
            try await shop.eventually("it is not offered either") { try await !served.offers("kiosk") }
            let metrics = try await shop.page("\(served.address)/metrics")
            #expect(metrics.contains("provider=\"till\"") && metrics.contains("provider=\"kiosk\""), "nothing is gone")
        }
    }
}

extension PluginsHot.Served {
    /// Decides about a copy what was decided about another one of the same program.
    func copyState(from name: String, to other: String) throws {
        for file in ["state", "report"] where FileManager.default.fileExists(atPath: place(name, file)) {
            try FileManager.default.copyItem(atPath: place(name, file), toPath: place(other, file))
        }
    }

    private func place(_ name: String, _ file: String) -> String { "\(shop.folder)/plugins.d/\(name).\(file).json" }
}
