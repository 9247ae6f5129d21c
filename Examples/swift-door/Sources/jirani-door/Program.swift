import JiraniDoor
import PaymentKit

@main struct Program {
    static func main() async { await PluginServer.run(JiraniDoor.self) }
}
