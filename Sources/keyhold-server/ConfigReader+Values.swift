internal import Configuration

extension ConfigReader {
    /// A whole number, written as a number or as text.
    func number(_ name: String, in range: ClosedRange<Int>) throws(StartupError) -> Int? {
        guard let text = string(forKey: ConfigKey(stringLiteral: name)) else {
            guard let number = int(forKey: ConfigKey(stringLiteral: name)) else { return nil }
            return try Self.judged(number, name, range)
        }
        return try Self.number(text, name, in: range)
    }

    /// The whole number that `text`, a part of the setting `name`, stands for.
    static func number(
        _ text: some StringProtocol,
        _ name: String,
        in range: ClosedRange<Int>
    ) throws(StartupError) -> Int {
        guard let number = Int(text) else { throw StartupError("\(name) is not a whole number: \(text)") }
        return try judged(number, name, range)
    }

    private static func judged(_ number: Int, _ name: String, _ range: ClosedRange<Int>) throws(StartupError) -> Int {
        guard range.contains(number) else {
            throw StartupError("\(name) must lie between \(range.lowerBound) and \(range.upperBound).")
        }
        return number
    }

    /// One of a few words.
    func word(_ name: String, of words: [String]) throws(StartupError) -> String? {
        guard let text = string(forKey: ConfigKey(stringLiteral: name)) else { return nil }
        guard words.contains(text) else {
            throw StartupError("\(name) is one of \(words.joined(separator: ", ")), not \(text).")
        }
        return text
    }

    func port(_ name: String) throws(StartupError) -> Int? { try number(name, in: 0...65_535) }

    func flag(_ name: String) throws(StartupError) -> Bool {
        let key = ConfigKey(stringLiteral: name)
        if let value = bool(forKey: key) { return value }
        guard let text = string(forKey: key) else { return false }
        throw StartupError("\(name) is neither true nor false: \(text)")
    }

    /// A list, as an array or as text with commas.
    func list(_ name: String) -> [String] {
        let key = ConfigKey(stringLiteral: name)
        if let list = stringArray(forKey: key) { return list }
        return string(forKey: key)?.split(separator: ",").map(String.init) ?? []
    }

    /// A list of `name=value`, each cut at its first `=`.
    func pairs(_ name: String) throws(StartupError) -> [(name: String, value: String)] {
        var pairs: [(String, String)] = []
        for entry in list(name) { pairs.append(try Self.pair(entry, name)) }
        return pairs
    }

    static func pair(_ entry: String, _ name: String) throws(StartupError) -> (name: String, value: String) {
        let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw StartupError("\(name): \(entry) has not the form name=value.")
        }
        return (String(parts[0]), String(parts[1]))
    }
}
