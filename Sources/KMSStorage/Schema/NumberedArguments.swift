/// SQL is written with `$1`, `$2` … as PostgreSQL has it. SQLite numbers `$n` by appearance and not by n, so for it
/// they are rewritten to `?1`, `?2` …, which mean what they say.
enum NumberedArguments {
    /// The same statement in SQLite's spelling. A `$` within quotes stays.
    static func rewritten(_ sql: String) -> String {
        var result = ""
        result.reserveCapacity(sql.utf8.count)
        var quote: Character?
        var characters = sql.makeIterator()
        var next = characters.next()
        while let character = next {
            next = characters.next()
            switch (quote, character) {
            case (nil, "$"): result.append(next?.isASCII == true && next?.isNumber == true ? "?" : "$")
            case (nil, "'"), (nil, "\""):
                quote = character
                result.append(character)
            default:
                if character == quote { quote = nil }
                result.append(character)
            }
        }
        return result
    }
}
