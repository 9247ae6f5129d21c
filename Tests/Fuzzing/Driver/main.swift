import FuzzTargets
import Glibc

// Runs one target under libFuzzer: DUKA_FUZZ_TARGET names it, the arguments are libFuzzer's own. Built by scripts/fuzz
// only, with `-sanitize=fuzzer`; libFuzzer's library has the driver.

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

private let chosen: FuzzTarget = {
    let name = getenv("DUKA_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        print("DUKA_FUZZ_TARGET is \"\(name)\"; expected one of: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
        exit(64)
    }
    return target
}()

private var count = CommandLine.argc
private var arguments = CommandLine.unsafeArgv
exit(
    runDriver(&count, &arguments) { bytes, count in
        do { try chosen.run(Array(UnsafeBufferPointer(start: bytes, count: count))) } catch {
            print("WRONG: \(error)")
            fflush(nil)
            abort()
        }
        return 0
    })
