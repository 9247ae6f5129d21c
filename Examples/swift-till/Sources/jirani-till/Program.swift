import JiraniTill
import PaymentKit

@main struct Program {
    static func main() async { await PluginServer.run(JiraniTill.self) }
}
