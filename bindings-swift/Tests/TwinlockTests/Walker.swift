import Foundation
import Testing
import TwinlockTesting

/// Walks one story of tests/scenarios through the public API. README.md there is the vocabulary: anything else fails.
final class Walker {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let story = ["name", "why", "source", "clock", "policy", "phones", "steps"]
    private static let step = [
        "call", "args", "wait", "times", "scan", "save", "expect", "writes", "events", "notices", "note",
    ]

    private let steps: [[String: JSONValue]]
    private let clock: VirtualClock
    private let memory = MemoryStorage()
    private let wrap: (MemoryStorage) -> any Storage
    private let told = Guarded([(type: String, durable: Bool)]())
    private var kept: [String: JSONValue] = [:]
    private var phones: [String: FakePhone] = [:]
    private var keys = ["2026a"]
    private var namespace = ""
    private var policy: [String: JSONValue]
    private var twoFactor: TwoFactor

    init(_ story: [String: JSONValue], over wrap: @escaping (MemoryStorage) -> any Storage) throws {
        try Self.known(story, Self.story)
        clock = VirtualClock(Double(try Self.found(story["clock"]?.integer)))
        steps = try Self.found(story["steps"]?.list).map { try Self.found($0.object) }
        policy = story["policy"]?.object ?? [:]
        self.wrap = wrap
        twoFactor = try Self.deployed(memory: wrap(memory), keys, namespace, policy, clock, told)
        for (name, uri) in story["phones"]?.object ?? [:] {
            phones[name] = try FakePhone(Self.found(uri.text), clock: clock)
        }
    }

    func walk() async throws {
        for (number, step) in steps.enumerated() {
            try Self.known(step, Self.step)
            for time in 0..<(step["times"]?.integer ?? 1) {
                do {
                    try await take(step)
                } catch {
                    throw Failure(description: "step \(number) (\(step["call"]?.text ?? "")), time \(time): \(error)")
                }
            }
        }
    }

    private func take(_ step: [String: JSONValue]) async throws {
        clock.advance(Double(step["wait"]?.integer ?? 0))
        let call = try Self.found(step["call"]?.text)
        let given = step["args"]?.object ?? [:]
        if call == "restart" { return try restart(given) }
        let args = Arguments(try given.reduce(into: [:]) { args, pair in args[pair.key] = try argument(pair.key, pair.value) })
        let user = args.text("user_id") ?? "42"
        let before = memory.load(userId: user)?.version
        told.use { $0 = [] }
        let result = try await outcome(of: call, user, args)
        try args.allUsed()
        try compare(step, result, written: memory.load(userId: user)?.version != before)
        if let phone = step["scan"]?.text { phones[phone] = try FakePhone(Self.found(result["uri"]?.text), clock: clock) }
        for (field, name) in step["save"]?.object ?? [:] { kept[try Self.found(name.text)] = reach(.object(result), field) }
    }

    private func outcome(of call: String, _ user: String, _ args: Arguments) async throws -> [String: JSONValue] {
        do {
            return try await Operations.call(call, on: twoFactor, user: user, args)
        } catch let error as TwoFactorError {
            return Operations.fields(of: error)
        }
    }

    private func restart(_ args: [String: JSONValue]) throws {
        try Self.known(args, ["keys", "namespace", "policy"])
        keys = args["keys"]?.list?.compactMap(\.text) ?? keys
        namespace = args["namespace"]?.text ?? namespace
        policy = args["policy"]?.object ?? policy
        twoFactor = try Self.deployed(memory: wrap(memory), keys, namespace, policy, clock, told)
    }

    private static func deployed(
        memory: any Storage, _ keys: [String], _ namespace: String, _ policy: [String: JSONValue], _ clock: VirtualClock,
        _ told: Guarded<[(type: String, durable: Bool)]>
    ) throws -> TwoFactor {
        try TwoFactor(
            issuer: "Acme", storage: memory,
            keys: KeyRing(ids: keys, keys: keys.map { scenarioKey($0) }),
            policy: Policy { settings in try policy.forEach { try settings.set($0.key, $0.value) } },
            clock: clock.now, namespace: namespace,
            onEvent: { event, durable in told.use { $0.append((event.type, durable)) } })
    }

    // MARK: What must come of it

    private func compare(_ step: [String: JSONValue], _ result: [String: JSONValue], written: Bool) throws {
        let expected = step["expect"]?.object ?? [:]
        if expected["error"] == nil, let error = result["error"] { throw Failure(description: "refused: \(error)") }
        try match(.object(expected), .object(result), "result")
        if let writes = step["writes"]?.bool, writes != written { throw Failure(description: "written: \(written)") }
        for (name, durable) in [("events", true), ("notices", false)] {
            guard let wanted = step[name]?.list?.compactMap(\.text) else { continue }
            let types = told.use { $0.filter { $0.durable == durable }.map(\.type) }
            if types != wanted { throw Failure(description: "\(name): \(types), not \(wanted)") }
        }
    }

    private func match(_ expected: JSONValue, _ found: JSONValue?, _ place: String) throws {
        let wrong = Failure(description: "\(place): \(found.map { "\($0)" } ?? "none"), not \(expected)")
        switch (expected, found) {
        case (.list(let wanted), .list(let items)?) where wanted.count == items.count:
            for (index, each) in wanted.enumerated() { try match(each, items[index], "\(place)[\(index)]") }
        case (.list, _):
            throw wrong
        case (.object(let wanted), _):
            for (field, value) in wanted { try match(value, found.flatMap { reach($0, field) }, "\(place), \(field)") }
        case (.integer(let count), .list(let items)?):
            if items.count != count { throw wrong }
        case (.text("*"), _):
            if found == nil || found == .null { throw wrong }
        case (.text(let reference), _) where reference.hasPrefix("$"):
            if found != (try keeping(reference)) { throw wrong }
        default:
            if (found ?? .null) != expected { throw wrong }
        }
    }

    private func reach(_ value: JSONValue, _ path: String) -> JSONValue? {
        path.split(separator: ".").reduce(JSONValue?.some(value)) { found, part in
            if let items = found?.list { return Int(part).flatMap { items.indices.contains($0) ? items[$0] : nil } }
            return found?.object?[String(part)]
        }
    }

    // MARK: Arguments

    private func argument(_ name: String, _ value: JSONValue) throws -> JSONValue {
        if let reference = value.text, reference.hasPrefix("$") { return try keeping(reference) }
        if name == "code" { return try code(value) }
        if name == "next_codes" { return .list(try Self.found(value.list).map(code)) }
        return value
    }

    private func keeping(_ reference: String) throws -> JSONValue {
        try Self.found(kept[String(reference.dropFirst())])
    }

    private func code(_ value: JSONValue) throws -> JSONValue {
        guard let source = value.object else { return value }
        switch source.keys.sorted() {
        case ["phone", "step"]:
            let phone = try Self.found(source["phone"]?.text.flatMap { phones[$0] })
            return .text(try phone.code(after: Int(Self.found(source["step"]?.integer))))
        case ["backup", "index"]:
            let codes = try Self.found(try keeping("$" + Self.found(source["backup"]?.text)).list)
            return codes[Int(try Self.found(source["index"]?.integer))]
        case ["wrong"]:
            return .text(try wrong(Int(Self.found(source["wrong"]?.integer))))
        default:
            throw Failure(description: "unknown source of a code: \(source.keys)")
        }
    }

    private func wrong(_ digits: Int) throws -> String {
        let near = Set(try phones.values.flatMap { phone in try (-40...40).map { try phone.code(after: $0) } })
        let codes = (0..<10_000).lazy.map { String(repeating: "0", count: digits - String($0).count) + String($0) }
        return try Self.found(codes.first { !near.contains($0) })
    }

    private static func known(_ found: [String: JSONValue], _ names: [String]) throws {
        if let odd = found.keys.first(where: { !names.contains($0) }) { throw Failure(description: "unknown key: \(odd)") }
    }

    static func found<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw Failure(description: "the story lacks something") }
        return value
    }
}

extension Policy.Settings {
    /// By the names of the stories.
    fileprivate mutating func set(_ name: String, _ value: JSONValue) throws {
        let whole = value.integer.map(Int.init)
        let number = value.integer.map(Double.init) ?? { if case .number(let number) = value { number } else { nil } }()
        switch name {
        case "algorithm": algorithm = try Walker.found(value.text)
        case "digits": digits = try Walker.found(whole)
        case "period": period = try Walker.found(whole)
        case "window": window = try Walker.found(whole)
        case "secret_bytes": secretBytes = try Walker.found(whole)
        case "backup_codes": backupCodes = try Walker.found(whole)
        case "require_saved_codes": requireSavedCodes = try Walker.found(value.bool)
        case "budget": budget = try Walker.found(number)
        case "budget_return_days": budgetReturnDays = try Walker.found(number)
        case "backoff": backoff = try Walker.found(value.list).map { Int(try Walker.found($0.integer)) }
        case "flood_rate": floodRate = try Walker.found(number)
        case "setup_ttl": setupTtl = try Walker.found(whole)
        case "challenge_ttl": challengeTtl = try Walker.found(whole)
        case "challenge_failures": challengeFailures = try Walker.found(whole)
        case "assurance_max_age": assuranceMaxAge = try Walker.found(whole)
        case "device_known_days": deviceKnownDays = try Walker.found(whole)
        case "device_trusted_days": deviceTrustedDays = try Walker.found(whole)
        case "max_authenticators": maxAuthenticators = try Walker.found(whole)
        case "max_devices": maxDevices = try Walker.found(whole)
        case "accept_risk": acceptRisk = try Walker.found(value.bool)
        default: throw Walker.Failure(description: "unknown setting: \(name)")
        }
    }
}
