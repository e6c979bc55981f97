/// What holds secrets and is printed, dumped or interpolated without them.
///
/// Logs, crash reports and `dump` show what ``shown`` lists and nothing else.
public protocol Confidential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Names and values that anybody may see.
    var shown: KeyValuePairs<String, Any> { get }
}

extension Confidential {
    public var description: String {
        let members = shown.map { name, value in "\(name): \(plain(value))" }
        return "\(Self.self)(\(members.joined(separator: ", ")))"
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror {
        Mirror(self, children: shown.map { (label: $0.key, value: $0.value) })
    }
}

/// An optional without the words around it.
private func plain(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .optional else { return String(describing: value) }
    return mirror.children.first.map { String(describing: $0.value) } ?? "nil"
}
