import JiraniPage
import PaymentKit

@main struct Program {
    static func main() async { await PluginServer.run(JiraniPage.self) }
}
