internal import Blocking
import Foundation

/// `vipsthumbnail`, which makes photos anew in a process of its own: a file from anywhere is read behind walls, where
/// it can write no file, has little memory, and reaches no network where the system allows that. It can read what the
/// shop's user can read.
package struct PhotoProgram: Sendable {
    /// Why there is no photo.
    package enum Failure: Error, Sendable, Hashable {
        /// The program is not installed.
        case missing
        /// The file does not read, or takes too much time or memory.
        case notReadable
    }

    private static let seconds = 20
    /// Longest photo as base64 text.
    private static let lineBytes = 4 << 20

    package init() {}

    /// Makes a photo: upright, and without what was hidden in the file.
    ///
    /// - Parameters:
    ///   - file: As it was uploaded.
    ///   - side: Pixels that its longer side has at most; a smaller photo stays as small.
    /// - Returns: A JPEG file.
    package func make(_ file: [UInt8], side: Int) async throws(Failure) -> [UInt8] {
        // Its code generator wants a file, which it may not have, and does without when the signal is ignored.
        let script = """
            command -v vipsthumbnail >/dev/null || exit 127
            trap '' XFSZ
            VIPS_CONCURRENCY=1 vipsthumbnail stdin --size '\(side)x\(side)>' -o '.jpg[Q=80,strip]' | base64 -w 0
            echo
            """
        let answer = Answer()
        let child = ChildProcess(
            ChildProcess.Launch(command: ["sh", "-c", script], folder: "/"), lineBytes: Self.lineBytes,
            onStart: { _ in }, onLine: { line in answer.line.withLock { $0 = line } },
            onEnd: { end in answer.end(end.reason) })
        let isSent = child.send(Data(file))
        child.closeInput()
        if !isSent { child.kill() }
        let reason = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await Task.sleep(for: .seconds(Self.seconds)) } catch { return }
                child.kill()
            }
            let reason = await answer.ended
            group.cancelAll()
            return reason
        }
        // Whoever waited may have left before its end.
        child.kill()
        if reason == .exited(127) { throw .missing }
        guard reason == .exited(0), let line = answer.line.withLock({ $0 }), !line.isEmpty,
            let photo = Data(base64Encoded: line), !photo.isEmpty
        else { throw .notReadable }
        return Array(photo)
    }

    /// What a child said, and its end for whoever waits.
    private final class Answer: Sendable {
        let line = Locked<Data?>(nil)
        private let ends: AsyncStream<ChildProcess.End.Reason>
        private let continuation: AsyncStream<ChildProcess.End.Reason>.Continuation

        init() { (ends, continuation) = AsyncStream.makeStream() }

        func end(_ reason: ChildProcess.End.Reason) {
            continuation.yield(reason)
            continuation.finish()
        }

        var ended: ChildProcess.End.Reason {
            get async {
                for await reason in ends { return reason }
                return .signalled(0)
            }
        }
    }
}
