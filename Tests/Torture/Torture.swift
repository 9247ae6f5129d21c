import ArgumentParser

/// Machines that work on the real program while simulated people buy, and compare both ledgers afterwards.
@main
struct Torture: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "torture",
        abstract: "Kill, cut and mislead a running shop, and see that money is counted right.",
        discussion: "docs/proof.md says what each machine does. scripts/torture runs them all.",
        subcommands: [Kills.self, Losses.self, Disk.self, Clocks.self])
}
