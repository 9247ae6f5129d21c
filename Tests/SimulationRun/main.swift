import Simulation

let first = UInt64(CommandLine.arguments.dropFirst().first ?? "1") ?? 1
let count = UInt64(CommandLine.arguments.dropFirst(2).first ?? "100") ?? 100
var steps = 0
let clock = ContinuousClock()
let begin = clock.now
var failures = 0
for seed in first..<(first + count) {
    let world = World(Plan(seed: seed))
    if count == 1 { world.story = [] }
    world.run()
    steps += world.steps
    if let violation = world.violation {
        failures += 1
        if failures < 30 { print(seed, violation.invariant, violation.what) }
    }
    for line in world.story ?? [] { print(line) }
}
let seconds = (clock.now - begin) / .seconds(1)
print(failures, "failures", steps, "steps", Int(Double(steps) / seconds), "steps/s")
