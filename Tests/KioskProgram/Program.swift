import Kiosk
import PaymentKit

/// The kiosk's plugin as a program of its own: nothing but this is needed.
@main struct Program {
    static func main() async { await PluginServer.run(Kiosk.self) }
}
