import Foundation
import FuzzTargets
import Testing

/// Every input that was ever interesting, through every target; scripts/fuzz finds new ones.
@Suite struct CorpusTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let corpus = repository.appending(path: "Tests/Fuzzing/Corpus")

    private static func files(in folder: URL) -> [URL] {
        let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
        return (found?.allObjects ?? []).compactMap { $0 as? URL }.filter { !$0.hasDirectoryPath }
            .sorted { $0.path < $1.path }
    }

    @Test("Every file of the corpus passes its target, and so do the provider's recorded messages")
    func corpus() async throws {
        try await Self.onThread { try Self.runCorpus() }
    }

    /// A target may wait for a task, which a thread of the tasks' own pool must not.
    private static func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            Thread { done.resume(with: Result { try body() }) }.start()
        }
    }

    private static func runCorpus() throws {
        for target in FuzzTarget.all {
            let files = Self.files(in: corpus.appending(path: target.name))
            #expect(files.count >= 3, "\(target.name) has a corpus")
            for file in files { Self.run(target, file) }
        }
        let fixtures = Self.files(in: Self.repository.appending(path: "plugins/mpesa/Tests/Fixtures"))
        #expect(fixtures.count > 50)
        for target in FuzzTarget.all { for file in fixtures { Self.run(target, file) } }
    }

    private static func run(_ target: FuzzTarget, _ file: URL) {
        do { try target.run(Array(try Data(contentsOf: file))) } catch {
            Issue.record("\(target.name) with \(file.lastPathComponent): \(error)")
        }
    }

    @Test("Cut, doubled and altered at any place, they pass as well")
    func altered() async throws {
        try await Self.onThread { try Self.runAltered() }
    }

    private static func runAltered() throws {
        var random = SystemRandomNumberGenerator()
        for target in FuzzTarget.all {
            for file in Self.files(in: Self.corpus.appending(path: target.name)) {
                let bytes = Array(try Data(contentsOf: file).prefix(4_096))
                for _ in 0..<20 {
                    let place = Int.random(in: 0...bytes.count, using: &random)
                    var altered = bytes
                    if place < altered.count { altered[place] = .random(in: .min ... .max, using: &random) }
                    for input in [Array(bytes.prefix(place)), bytes + bytes.prefix(place), altered] {
                        do { try target.run(input) } catch {
                            Issue.record("\(target.name): \(error): \(Data(input).base64EncodedString())")
                        }
                    }
                }
            }
        }
    }
}
