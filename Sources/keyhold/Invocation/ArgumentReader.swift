/// Takes a command line apart: words, `--name value` and `--name=value`.
///
/// What follows a name is its value, even if it is empty or begins with `-`; only what looks like an option itself,
/// two hyphens and a letter, is not. Such a value is written `--name=value`.
struct ArgumentReader {
    enum Item: Equatable {
        case word(String)
        /// A name without its hyphens; the value if one was joined to it by `=`.
        case option(name: String, joined: String?)
    }

    private var rest: ArraySlice<String>

    init(_ arguments: [String]) { rest = arguments[...] }

    mutating func next() -> Item? {
        guard let argument = rest.popFirst() else { return nil }
        if argument == "-h" { return .option(name: "help", joined: nil) }
        guard Self.isOption(argument) else { return .word(argument) }
        let body = argument.dropFirst(2)
        guard let equals = body.firstIndex(of: "=") else { return .option(name: String(body), joined: nil) }
        return .option(name: String(body[..<equals]), joined: String(body[body.index(after: equals)...]))
    }

    /// The value of the option read last, where none was joined to it.
    mutating func value(of name: String) throws(Failure) -> String {
        guard let value = rest.first, !Self.isOption(value) else {
            throw .usage("--\(name) needs a value: --\(name) VALUE, or --\(name)=VALUE for one that begins with --.")
        }
        rest.removeFirst()
        return value
    }

    private static func isOption(_ argument: String) -> Bool {
        guard argument.utf8.starts(with: "--".utf8), let first = argument.utf8.dropFirst(2).first else { return false }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20)
    }
}
