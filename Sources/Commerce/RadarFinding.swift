/// What a message to the shop's own public address met on its way: the way that providers' messages take.
package enum RadarFinding: Sendable, Hashable {
    /// It came to this shop, after so many milliseconds.
    case reached(milliseconds: Int)
    /// The name in the address leads nowhere.
    case noName
    /// Nothing listens there.
    case noConnection
    /// Something listens and says nothing.
    case silent
    /// The certificate, or the chain that should come with it, is not believed.
    case certificate
    /// It is sent on to another address; providers do not follow.
    case redirected(status: Int)
    /// A guard in front of the shop turns it away.
    case forbidden(status: Int)
    /// The proxy is there, and does not reach the shop.
    case proxyAlone(status: Int)
    /// Another program, or another shop, answers.
    case otherProgram(status: Int)

    package var isGood: Bool {
        if case .reached = self { true } else { false }
    }

    /// What it means and what to do.
    package func words(for address: String) -> Words {
        switch self {
        case .reached(let milliseconds):
            Words(
                english: "Messages to \(address) reach this shop (\(milliseconds) ms).",
                swahili: "Ujumbe kwa \(address) unafika dukani (ms \(milliseconds)).")
        case .noName:
            Words(
                english:
                    "The name in \(address) leads nowhere: set its DNS record to the address of the shop's server.",
                swahili: "Jina katika \(address) haliongozi popote: weka rekodi yake ya DNS ielekee seva ya duka.")
        case .noConnection:
            Words(
                english: "Nothing listens at \(address): start the proxy there, and open its port in the firewall.",
                swahili: "Hakuna kinachosikiliza kwenye \(address): washa proksi hapo na ufungue mlango wake.")
        case .silent:
            Words(
                english: "\(address) does not answer in time: a firewall may drop what comes, or the proxy hangs.",
                swahili: "\(address) haijibu kwa wakati: huenda ukuta wa moto unazuia, au proksi imekwama.")
        case .certificate:
            Words(
                english: "The certificate of \(address) is not believed: renew it, and send its whole chain "
                    + "(fullchain.pem, not cert.pem).",
                swahili: "Cheti cha \(address) hakiaminiki: kifanye upya, na utume mnyororo wake wote "
                    + "(fullchain.pem, si cert.pem).")
        case .redirected(let status):
            Words(
                english:
                    "\(address) redirects (\(status)), and providers do not follow: set DUKA_PUBLIC_URL to where it "
                    + "leads.",
                swahili: "\(address) inaelekeza kwingine (\(status)), na watoa huduma hawafuati: weka DUKA_PUBLIC_URL "
                    + "iwe pale inapoelekeza.")
        case .forbidden(let status):
            Words(
                english:
                    "Something in front of the shop turns messages away (\(status)): let /in/ through the firewall, "
                    + "bot filter or password.",
                swahili: "Kitu kilicho mbele ya duka kinakataa ujumbe (\(status)): ruhusu /in/ kupita kwenye ukuta wa "
                    + "moto, kichujio au nenosiri.")
        case .proxyAlone(let status):
            Words(
                english:
                    "The proxy at \(address) answers \(status): it does not reach the shop. Compare its target with "
                    + "DUKA_LISTEN.",
                swahili: "Proksi ya \(address) inajibu \(status): haifikii duka. Linganisha shabaha yake na "
                    + "DUKA_LISTEN.")
        case .otherProgram(let status):
            Words(
                english: "Another program answers at \(address) (\(status)): send every path to this shop, unchanged.",
                swahili: "Programu nyingine inajibu kwenye \(address) (\(status)): tuma njia zote kwa duka hili, bila "
                    + "kuzibadilisha.")
        }
    }
}
