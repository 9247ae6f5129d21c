import FoundationEssentials
import PaymentKit

/// Laws about paying on the provider's own page.
enum PageLaws {
    static let all: [Law] = saying + leading

    private static func terms(_ bench: LawBench) throws -> HostedPage {
        guard let page = bench.manifest.page else { throw NotAsked("it has no page") }
        return page
    }

    private static let saying: [Law] = [
        Law(
            "G01", "Who sends customers to a page says so",
            advice: "Give the manifest a page with its hosts and openFor, or return another step."
        ) { bench in
            guard bench.manifest.page == nil else { return nil }
            return try await bench.begin().address.map { "it leads to \($0.host() ?? "nowhere")" }
        },
        Law(
            "G02", "The page says how long it takes a payment",
            advice: "Set openFor to the seconds for which the provider's page works: 300 to 86400."
        ) { bench in
            let seconds = try terms(bench).openFor
            return HostedPage.seconds.contains(seconds) ? nil : "\(seconds)"
        },
        Law(
            "G03", "The page's hosts are bare names",
            advice: "Write page hosts without https://, without a path and without a wildcard; at least one."
        ) { bench in
            let hosts = try terms(bench).hosts
            if hosts.isEmpty { return "no host" }
            return hosts.first { host in
                host.isEmpty || host.contains { "/*@".contains($0) || $0.isUppercase || $0.isWhitespace }
            }
        },
        Law(
            "G04", "A copy's page hosts are the manifest's, or this machine's in practice",
            advice: "List every page host in the manifest; a setting may change it to 127.0.0.1 for tests only."
        ) { bench in
            let named = try terms(bench).hosts
            return bench.plugin.pageHosts.first { !named.contains($0) && !HostedPage.isThisMachine($0) }
        },
        Law(
            "G05", "Whoever has a page can be asked whether a payment came",
            advice: "Conform to StatusQuerying: coming back from the page proves nothing, so the core asks."
        ) { bench in
            _ = try terms(bench)
            return bench.plugin.status == nil ? "it cannot be asked" : nil
        },
    ]

    private static let leading: [Law] = [
        Law(
            "G06", "A good answer leads the customer to the page",
            advice: "Return pending with the step redirect and the address from the provider's answer."
        ) { bench in
            _ = try terms(bench)
            let begun = try await bench.begin()
            guard begun.fact == .pending else { return begun.words }
            return begun.address == nil ? "no address" : nil
        },
        Law(
            "G07", "The address is https, on one of the page's hosts, and short enough",
            advice: "Check the provider's address before you return it; plain http is for this machine only."
        ) { bench in
            _ = try terms(bench)
            guard let address = try await bench.begin().address else { throw NotAsked("it leads nowhere") }
            return HostedPage.problem(with: address, hosts: bench.plugin.pageHosts)
        },
        Law(
            "G08", "No secret and no telephone number stands in the address",
            advice: "Browsers and proxies remember addresses: nothing of the settings or of the customer belongs there."
        ) { bench in
            _ = try terms(bench)
            guard let address = try await bench.begin().address?.absoluteString else {
                throw NotAsked("it leads nowhere")
            }
            if bench.secrets.contains(where: { address.contains($0) }) { return "a secret setting was seen" }
            return bench.phones.contains { address.contains($0) } ? "the customer's number was seen" : nil
        },
        Law(
            "G09", "The provider is told where the customer comes back to",
            advice: "Send request.returnAddress, unchanged, where the provider takes such an address."
        ) { bench in
            _ = try terms(bench)
            guard let address = LawBench.returnAddress?.absoluteString else { throw NotAsked("there is no address") }
            let sent = try await bench.begin().http.sent.map {
                String(decoding: $0.body, as: UTF8.self).replacing("\\/", with: "/") + $0.url.absoluteString
            }
            let encoded = address.replacing(":", with: "%3A").replacing("/", with: "%2F")
            return sent.contains { $0.contains(address) || $0.contains(encoded) } ? nil : "it was not sent"
        },
        Law(
            "G10", "A payment to which nobody comes back begins all the same",
            advice: "Leave the address out when request.returnAddress is nil: a shop may not be able to name it."
        ) { bench in
            _ = try terms(bench)
            let begun = try await bench.begin(hasReturn: false)
            return begun.address == nil ? begun.words : nil
        },
        Law(
            "G11", "A refusal leads nowhere",
            advice: "Return the step redirect with pending only: who was refused must not be sent to pay."
        ) { bench in
            _ = try terms(bench)
            guard !bench.scenario.refusals.isEmpty else { throw NotAsked("the scenario has no refusals") }
            for refusal in bench.scenario.refusals where try await bench.begin([refusal]).address != nil {
                return "after status \(refusal.status)"
            }
            return nil
        },
        Law(
            "G12", "Trouble leads nowhere",
            advice: "Take the address from a whole answer only; an address that you made yourself leads to no payment."
        ) { bench in
            _ = try terms(bench)
            for trouble in Trouble.allCases {
                for place in try await bench.begin().http.sent.indices
                where try await bench.begin(trouble: (trouble, at: place)).address != nil {
                    return "at \(trouble.rawValue)"
                }
            }
            return nil
        },
    ]
}
