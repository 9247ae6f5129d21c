import Checkout
import Commerce
import Cryptography
import DukaTesting
import Foundation
import HTTPClient
import HTTPServer
import Logging
import Testing

/// The shop's own message through its public address (M2): each way of breaking the proxy has another answer.
@Suite struct RadarStories {
    /// What a message meets at `address`.
    private func probe(_ shop: TestShop, at address: String, keyByte: UInt8 = 7) async throws -> RadarFinding {
        let client = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true))
        let node = Shop(
            database: shop.database,
            keys: try KeyRing(keys: [(id: 1, key: Array(repeating: keyByte, count: 32))]),
            rules: TestShop.Options.patient, name: "Mama Njeri", isPractice: true, callbackBase: address,
            spoolFolder: "\(shop.folder)/spool", providers: [], client: client,
            log: Logger(label: "test") { _ in shop.log }, now: { shop.clock.now })
        let report = await node.probePublicAddress(within: 2)
        #expect(node.radarReport?.finding == report.finding)
        await client.shutdown()
        return report.finding
    }

    @Test("A message that comes to this shop says so; one that comes to a shop with other keys does not")
    func reached() async throws {
        try await TestShop.open(.sqlite) { shop in
            let finding = try await probe(shop, at: shop.address)
            #expect(finding.isGood)
            #expect(try await probe(shop, at: shop.address, keyByte: 8) == .otherProgram(status: 404))
        }
    }

    @Test("Each way of breaking the proxy has its own answer, and its own words")
    func broken() async throws {
        try await TestShop.open(.sqlite) { shop in
            let answers = Server(ServerConfiguration.anywhere) { request in
                switch request.path.split(separator: "/").first {
                case "moved": return .redirect(to: "https://shop.example/", status: 301)
                case "guarded": return Response(status: 403)
                case "alone": return Response(status: 502)
                case "silent":
                    do { try await Task.sleep(for: .seconds(4)) } catch {}
                    return Response(status: 200)
                default: return .text("It works!")
                }
            }
            try answers.start()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await answers.run() }
                let base = "127.0.0.1:\(answers.port)"
                let findings: [(address: String, finding: RadarFinding)] = [
                    ("http://\(base)/moved", .redirected(status: 301)),
                    ("http://\(base)/guarded", .forbidden(status: 403)),
                    ("http://\(base)/alone", .proxyAlone(status: 502)), ("http://\(base)/silent", .silent),
                    ("http://\(base)", .otherProgram(status: 200)), ("https://\(base)", .certificate),
                    ("http://127.0.0.1:1", .noConnection), ("https://shop.invalid", .noName),
                ]
                var words: Set<String> = []
                for (address, expected) in findings {
                    let finding = try await probe(shop, at: address)
                    #expect(finding == expected, "\(address)")
                    words.insert(finding.words(for: "it").english)
                    words.insert(finding.words(for: "it").swahili)
                }
                #expect(words.count == 2 * findings.count)
                group.cancelAll()
            }
            await answers.stop()
        }
    }
}

extension ServerConfiguration {
    fileprivate static var anywhere: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.loops = 1
        return configuration
    }
}
