import FoundationEssentials
import Synchronization

/// A plugin's side of the conversation with the shop: answers its calls, each in a task of its own.
package final class PluginSession: Sendable {
    private struct State {
        /// What works on the shop's calls.
        var calls: [Int: Task<Void, Never>] = [:]
        /// Who waits for the shop's answer.
        var waiting: [Int: CheckedContinuation<WireLine, any Error>] = [:]
        var lastID = 0
        var isClosed = false
        var abilities: Abilities?
    }
    private let plugin: any PaymentPlugin.Type
    private let output: @Sendable (Data) -> Void
    private let state = Mutex(State())
    /// One line at a time.
    private let writing = Mutex(())

    /// - Parameter output: Writes a whole line, its end included.
    package init(_ plugin: any PaymentPlugin.Type, output: @escaping @Sendable (Data) -> Void) {
        self.plugin = plugin
        self.output = output
    }

    /// Reads a line of the shop and does what it says, at once: on the thread that reads, for each change of threads
    /// costs as much as all else. What is no such line is ignored.
    package func take(_ bytes: Data) {
        let line: WireLine
        do { line = try WireLine(bytes) } catch { return }
        switch (line.method, line.id) {
        case (nil, let id?): takeAnswer(id, line)
        case (PluginMethod.cancelled.rawValue?, let id?): state.withLock { $0.calls[id] }?.cancel()
        case (let method?, let id?):
            state.withLock { state in
                // Under the lock, so that it cannot be done before it is noted.
                state.calls[id] = Task { await self.answer(id, method, line) }
            }
        case (_, nil): break
        }
    }

    private func takeAnswer(_ id: Int, _ line: WireLine) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: id) }
        if let error = line.error {
            waiting?.resume(throwing: error.paymentError ?? .unsupported(error.message))
        } else {
            waiting?.resume(returning: line)
        }
    }

    /// Asks nothing more of the shop, and waits until its calls have ended.
    package func close() async {
        let (waiting, calls) = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return (state.waiting.values, state.calls.values)
        }
        for waiting in waiting { waiting.resume(throwing: CancellationError()) }
        for call in calls { call.cancel() }
        for call in calls { await call.value }
    }

    private func answer(_ id: Int, _ method: String, _ line: WireLine) async {
        let answer: Data
        do { answer = try await result(id, method, line) } catch let error as WireError {
            answer = Self.failure(id, error)
        } catch let error as PaymentError {
            answer = Self.failure(id, WireError(error))
        } catch {
            // A bug; its words might hold anything, so only its kind is told.
            answer = Self.failure(id, WireError("\(type(of: error))"))
        }
        write(answer)
        state.withLock { $0.calls[id] = nil }
    }

    private func write(_ line: Data) { writing.withLock { _ in output(line) } }

    private static func failure(_ id: Int, _ error: WireError) -> Data {
        do { return try WireMessage.failure(id, error) } catch {
            preconditionFailure("An error's message is far shorter than a line.")
        }
    }

    // MARK: Asking the shop

    /// - Throws: What the shop answers, or `CancellationError` when the call is over.
    func ask<Answer: Decodable & Sendable>(_ method: HostMethod, _ params: some Encodable, _: Answer.Type = Answer.self)
        async throws -> Answer
    {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let line = try WireMessage.request(id, method.rawValue, params)
        let answer: WireLine = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isClosed, !Task.isCancelled { state.waiting[id] = continuation }
                    return state.waiting[id] != nil
                }
                if isOpen { write(line) } else { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
        return try answer.result()
    }

    /// Tells the shop something that it does not answer.
    func tell(_ method: HostMethod, _ params: some Encodable) {
        do { write(try WireMessage.request(nil, method.rawValue, params)) } catch {}
    }

    // MARK: The plugin

    private func result(_ id: Int, _ name: String, _ line: WireLine) async throws -> Data {
        guard let method = PluginMethod(rawValue: name) else {
            throw WireError(code: WireError.noMethod, "there is no method of that name")
        }
        switch method {
        case .hello:
            let hello: Wire.Hello = try line.params()
            let manifest = plugin.manifest
            guard hello.interfaces.contains(manifest.interface) else {
                throw WireError("this plugin speaks interface \(manifest.interface)")
            }
            let declared = Ability.allCases.filter { $0.isDeclared(by: plugin) }
            return try WireMessage.answer(
                id,
                Wire.Introduction(
                    interface: manifest.interface, manifest: manifest, abilities: declared.map(\.rawValue)))
        case .setup:
            let settings: Wire.Settings = try line.params()
            let values = try checked(settings.settings, plugin.manifest.settings, settings.environment == .live)
            let made = try plugin.init(
                Setup(environment: settings.environment, settings: values, shopName: settings.shop))
            let abilities = Abilities(of: made)
            state.withLock { $0.abilities = abilities }
            return try WireMessage.answer(
                id,
                Wire.Addresses(
                    hosts: abilities.hosts, callbackSources: abilities.callbackSources, pageHosts: abilities.pageHosts))
        case .ping: return try WireMessage.answer(id, Wire.Nothing())
        default:
            guard let abilities = state.withLock({ $0.abilities }) else { throw WireError("setup comes first") }
            let call: Wire.Call = try line.params()
            return try await abilities.perform(method, ServedCall(session: self, id: id, call))
        }
    }
}

extension Ability {
    /// Whether a type conforms to what the ability stands for.
    fileprivate func isDeclared(by plugin: any PaymentPlugin.Type) -> Bool {
        switch self {
        case .connection: plugin is any ConnectionTesting.Type
        case .status: plugin is any StatusQuerying.Type
        case .webhooks: plugin is any WebhookReceiving.Type
        case .refunds: plugin is any Refunding.Type
        case .payouts: plugin is any PayoutSending.Type
        case .lookups: plugin is any ReceiptLookingUp.Type
        case .incoming: plugin is any IncomingPaymentReceiving.Type
        case .reconciling: plugin is any Reconciling.Type
        case .balances: plugin is any BalanceReporting.Type
        case .codes: plugin is any PaymentCodeDrawing.Type
        case .offline: plugin is any OfflinePaying.Type
        }
    }
}

/// The shop has checked them already; a plugin never sees unchecked input all the same.
func checked(_ raw: [String: String], _ specs: [FieldSpec], _ isLive: Bool = false) throws -> FieldValues {
    do { return try FieldValues(raw, checkedAgainst: specs, live: isLive) } catch {
        let problem = error.list.first
        throw PaymentError.misconfigured(problem?.message ?? "a setting is wrong", setting: problem?.key)
    }
}
