import Commerce
import HTTPClient
import PaymentKit
import Synchronization

/// What the shop last found out about its public address; each node for itself.
final class Radar: Sendable {
    /// As a provider's name in an address: no provider can have it, for names are lower case.
    static let instance = "RADAR"
    static let answering = "RADAR-ANSWER"
    static let route = "canary"

    private let latest = Mutex<RadarReport?>(nil)
    var report: RadarReport? {
        get { latest.withLock { $0 } }
        set { latest.withLock { $0 = newValue } }
    }
}

/// What a message to the shop's own public address met, and when.
package struct RadarReport: Sendable {
    package let finding: RadarFinding
    package let at: Timestamp
}

extension Shop {
    /// The newest report of this node; nil before the first.
    package var radarReport: RadarReport? { radar.report }

    /// Sends a message to the shop's own public address, as a provider would, and sees whether it comes to a shop that
    /// holds this shop's keys.
    ///
    /// - Parameter seconds: How long it may take.
    package func probePublicAddress(within seconds: Int = 10) async -> RadarReport {
        let ticket = Ticket(ID<Order>(at: now()).text)
        let token = tokens.callbackToken(instance: Radar.instance, ticket: ticket)
        let begun = ContinuousClock.now
        let finding: RadarFinding
        do {
            let answer = try await client.send(
                OutboundRequest(
                    method: "POST", url: "\(callbackBase)/in/\(token)/\(Radar.route)",
                    headers: [("Content-Type", "application/json")], body: Array("{}".utf8), timeout: .seconds(seconds),
                    effect: .asks))
            let isOurs = answer.body == Array(canaryAnswer(to: ticket).utf8)
            finding = Self.finding(status: answer.status, isOurs: isOurs, after: ContinuousClock.now - begun)
        } catch { finding = Self.finding(error) }
        let report = RadarReport(finding: finding, at: now())
        radar.report = report
        return report
    }

    /// Probes, and says in the log when it has become good or bad.
    func watchPublicAddress() async {
        let before = radarReport?.finding.isGood
        let finding = await probePublicAddress().finding
        guard finding.isGood != before else { return }
        let words = finding.words(for: callbackBase).english
        if finding.isGood { log.info("\(words)") } else { log.warning("\(words)") }
    }

    /// What only a shop with our keys answers.
    func canaryAnswer(to ticket: Ticket) -> String {
        "\"\(tokens.callbackToken(instance: Radar.answering, ticket: ticket))\""
    }

    private static func finding(status: Int, isOurs: Bool, after time: Duration) -> RadarFinding {
        if status == 200, isOurs { return .reached(milliseconds: Int(time / .milliseconds(1))) }
        if (300..<400).contains(status) { return .redirected(status: status) }
        if [401, 403, 407, 429, 451].contains(status) { return .forbidden(status: status) }
        return [502, 503, 504].contains(status) ? .proxyAlone(status: status) : .otherProgram(status: status)
    }

    private static func finding(_ error: OutboundError) -> RadarFinding {
        if error.timedOut { return .silent }
        // libcurl's numbers: a name that does not resolve; TLS that fails, by handshake, by trust or by its files.
        if error.code == 6 { return .noName }
        if [35, 51, 58, 60, 77, 83, 90, 91].contains(error.code) { return .certificate }
        return error.mayHaveArrived ? .silent : .noConnection
    }
}
