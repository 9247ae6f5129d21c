import Synchronization

/// Where the process of one configured copy of a plugin sits: another one after each change of its settings.
package final class PluginSeat: Sendable {
    private let current: Mutex<PluginProcess?>

    /// - Parameter process: Nil until the copy's settings do.
    package init(_ process: PluginProcess? = nil) { current = Mutex(process) }

    /// The newest; the one before goes on for the calls that it has.
    package var process: PluginProcess? { current.withLock { $0 } }

    /// Seats the process of the newest settings; nil when they do not do, or the copy is gone.
    package func take(_ process: PluginProcess?) { current.withLock { $0 = process } }
}
