import Foundation

/// Turns a plugin into a program of its own, which the shop runs beside itself.
///
/// A plugin's program is two lines, and the plugin is the same as inside the shop:
///
/// ```swift
/// @main struct Program {
///     static func main() async { await PluginServer.run(Till.self) }
/// }
/// ```
public enum PluginServer {
    /// Answers the shop on standard input and output until it closes them.
    ///
    /// What the plugin prints goes to the shop's log instead, for standard output belongs to the shop's questions.
    public static func run(_ plugin: any PaymentPlugin.Type) async {
        let output = FileHandle(fileDescriptor: dup(STDOUT_FILENO), closeOnDealloc: true)
        _ = dup2(STDERR_FILENO, STDOUT_FILENO)
        let session = PluginSession(plugin) { line in
            // When the shop is gone, so is this program: nobody reads, and the system ends it.
            output.write(line)
        }
        await withCheckedContinuation { ended in
            // A thread of its own, for it waits in `read`; it ends with the program.
            Thread.detachNewThread {
                while let line = readLine() { session.take(Data(line.utf8)) }
                ended.resume()
            }
        }
        await session.close()
    }
}
