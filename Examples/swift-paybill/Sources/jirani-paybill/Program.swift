import JiraniPaybill
import PaymentKit

@main struct Program {
    static func main() async { await PluginServer.run(JiraniPaybill.self) }
}
