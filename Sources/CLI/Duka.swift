import ArgumentParser

/// The program `duka`.
@main
struct Duka: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "duka",
        abstract: "A small shop's checkout: catalogue, cart, M-PESA, orders.",
        discussion: """
            Settings are environment variables, or lines of a file named duka.env in the working directory; \
            `duka serve --help` lists them. Nothing need be set to try it: `duka demo`.
            """,
        subcommands: [
            Serve.self, Demo.self, SimulateDaraja.self, SimulateAirtel.self, SimulatePaystack.self, Migrate.self,
            Doctor.self, Admin.self,
            Orders.self,
            Reconcile.self, Plugin.self, Privacy.self,
        ])
}

/// A reason to stop that the operator can act on: printed as it is, with exit code 1.
struct Stop: Error, CustomStringConvertible {
    let description: String
    init(_ sentence: String) { description = sentence }
}
