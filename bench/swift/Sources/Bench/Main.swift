import Foundation

/// Times all contestants in each round, another one first each time. Prints seconds per try by contestant and round, as JSON.
@main
struct Main {
    static func main() async throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap(Int.init)
        guard numbers.count == 2 else {
            FileHandle.standardError.write(Data("usage: Bench ROUNDS TRIES\n".utf8))
            exit(2)
        }
        let (rounds, tries) = (numbers[0], numbers[1])
        var means: [String: [Double]] = [:]
        // Caches; and an error shows before the time is spent.
        for contestant in contestants { _ = try await timed(contestant, max(1, tries / 2)) }
        for round in 0..<rounds {
            for index in contestants.indices {
                let contestant = contestants[(round + index) % contestants.count]
                means[contestant.name, default: []].append(try await timed(contestant, tries))
            }
        }
        print(String(decoding: try JSONEncoder().encode(means), as: UTF8.self))
    }

    private static func timed(_ contestant: Contestant, _ tries: Int) async throws -> Double {
        let run = try await contestant.prepare(tries)
        let start = ContinuousClock.now
        try await run()
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return (Double(seconds) + Double(attoseconds) / 1e18) / Double(tries)
    }
}
