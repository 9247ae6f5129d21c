import Foundation
import Glibc

/// Failing disks and a moving clock for one program, through `Shim/faults.c`.
struct Faults: Sendable {
    /// The words of the control file, in the shim's order.
    enum Word: UInt64, Sendable {
        case clockMilliseconds, writeError, syncError, readError, files
        case writesFailed, syncsFailed, readsFailed, syncsAfterFailure
        static let count = 9
    }
    /// Which files fail.
    struct Files: OptionSet, Sendable {
        let rawValue: Int64
        static let database = Files(rawValue: 1)
        static let spool = Files(rawValue: 2)
    }

    private let control: String
    private let library: String

    /// Compiles the shim into the run's folder.
    init(_ run: Run) throws {
        control = "\(run.folder)/faults"
        library = "\(run.folder)/faults.so"
        try Data(count: Word.count * 8).write(to: URL(filePath: control))
        let source = "\(run.repository)/Tests/Torture/Shim/faults.c"
        // Swift brings a compiler for C when the machine has none.
        let compiler = try Child(
            "/bin/sh",
            [
                "-c", #"exec "$(command -v cc || command -v clang)" "$@""#, "sh", "-O2", "-shared", "-fPIC", "-o",
                library,
                source, "-ldl",
            ], [:], in: run.folder, log: "\(run.folder)/cc.log")
        guard compiler.wait() == "exit 0" else { throw Trouble("The shim does not compile; see cc.log.") }
    }

    var environment: [String: String] { ["LD_PRELOAD": library, "DUKA_FAULTS": control] }

    func set(_ word: Word, _ value: Int64) throws {
        let file = try FileHandle(forUpdating: URL(filePath: control))
        try file.seek(toOffset: word.rawValue * 8)
        try file.write(contentsOf: withUnsafeBytes(of: value) { Data($0) })
        try file.close()
    }

    func get(_ word: Word) throws -> Int {
        let bytes = try Data(contentsOf: URL(filePath: control))
        let start = Int(word.rawValue) * 8
        return Int(bytes[start..<start + 8].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) })
    }

    func setErrors(write: Int32 = 0, sync: Int32 = 0, read: Int32 = 0, of files: Files = .database) throws {
        try set(.files, files.rawValue)
        try set(.writeError, Int64(write))
        try set(.syncError, Int64(sync))
        try set(.readError, Int64(read))
    }
}
