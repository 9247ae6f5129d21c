import Foundation
import HTTPServer
import PaymentKit
import PluginHost
import Testing

/// Where a plugin may lead customers, whatever it says.
@Suite struct PageTests {
    private static func begin(leadingTo address: String) async throws -> ProviderInstance.Acted<Started> {
        let bench = try Bench { _ in .json(Array("{}".utf8)) }
        let base = bench.base
        let url = try #require(URL(string: address))
        let act = try #require(URL(string: "\(base)/pages"))
        let plugin = Scripted(base) { call in
            _ = try await call.http.send(.post(act, json: ["a": 1], timeout: 5))
            return Started(.pending, step: .redirect(url), references: [Reference("id", "1")])
        }
        let abilities = Abilities(
            of: plugin, Scripted.manifest, hosts: plugin.hosts, callbackSources: [], pageHosts: ["pay.example"],
            declared: [])
        let result = try await bench.instance(abilities).begin()
        await bench.close()
        return result
    }

    @Test("A page on the plugin's own host is passed on")
    func own() async throws {
        let result = try await Self.begin(leadingTo: "https://pay.example/p/1")
        guard case .answered(let started) = result, case .redirect(let url) = started.step else {
            Issue.record("\(result)")
            return
        }
        #expect(url.absoluteString == "https://pay.example/p/1")
    }

    @Test(
        "Nobody is led to a foreign or a plain address: the payment is unknown and asked about",
        arguments: ["https://evil.example/p/1", "http://pay.example/p/1", "https://pay.example@evil.example/p/1"])
    func foreign(_ address: String) async throws {
        let result = try await Self.begin(leadingTo: address)
        guard case .unknown = result else {
            Issue.record("\(result)")
            return
        }
    }
}
