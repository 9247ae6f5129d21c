import Foundation
import PaymentKit
import Testing

/// The transcript of `docs/plugins/wire.md` is one: the plugin is run and answers so, and the shop writes such lines.
@Suite struct WirePaper {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The lines of the page's transcript, with who writes them.
    private static func transcript() throws -> [(isShop: Bool, line: String)] {
        try String(contentsOf: repository.appending(path: "docs/plugins/wire.md"), encoding: .utf8)
            .split(separator: "\n").compactMap { line in
                line.hasPrefix("→ ") || line.hasPrefix("← ") ? (line.hasPrefix("→"), String(line.dropFirst(2))) : nil
            }
    }

    private static func object(_ line: some StringProtocol) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary, "\(line)")
    }

    @Test("The example in Python answers the page's questions as the page shows")
    func answers() throws {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = ["plugin.py"]
        process.currentDirectoryURL = Self.repository.appending(path: "Examples/python-till")
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var read = Data()
        /// Nil when the plugin has ended.
        func nextLine() -> String? {
            while true {
                if let end = read.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { read = Data(read[(end + 1)...]) }
                    return String(decoding: read[..<end], as: UTF8.self)
                }
                let more = output.fileHandleForReading.availableData
                if more.isEmpty { return nil }
                read += more
            }
        }
        for (isShop, line) in try Self.transcript() {
            if isShop {
                try input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8))
                continue
            }
            let told = try #require(nextLine())
            let parts = line.split(separator: "…", omittingEmptySubsequences: false)
            if parts.count == 2 {
                #expect(told.hasPrefix(parts[0]) && told.hasSuffix(parts[1]), "\(told)")
            } else {
                #expect(try Self.object(told) == Self.object(line), "\(told)")
            }
        }
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    @Test("The shop reads the page's questions and writes the same again")
    func questions() throws {
        let questions = try Self.transcript().filter(\.isShop).map(\.line)
        #expect(questions.count == 9)
        for line in questions {
            let read = try WireLine(Data(line.utf8))
            let again: Data
            switch (read.method.flatMap(PluginMethod.init), read.id) {
            case (.hello?, let id): again = try WireMessage.request(id, "hello", Wire.Hello())
            case (.setup?, let id):
                let settings: Wire.Settings = try read.params()
                again = try WireMessage.request(id, "setup", settings)
            case (let method?, let id):
                let call: Wire.Call = try read.params()
                again = try WireMessage.request(id, method.rawValue, call)
            case (nil, let id?):
                if let error = read.error {
                    let told = try #require(error.paymentError)
                    again = try WireMessage.failure(id, WireError(told))
                } else {
                    let response: HTTPResponse = try read.result()
                    again = try WireMessage.answer(id, response)
                }
            case (nil, nil):
                Issue.record("\(line)")
                continue
            }
            #expect(try Self.object(String(decoding: again, as: UTF8.self)) == Self.object(line), "\(line)")
        }
    }
}
