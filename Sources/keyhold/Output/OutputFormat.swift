import KMSCore

/// How an answer is shown.
enum OutputFormat: String, CaseIterable, Sendable {
    /// The answer's own JSON, indented.
    case json
    /// One line for each value: its path, a tab, the value.
    case text

    init(named name: String) throws(Failure) {
        guard let format = OutputFormat(rawValue: name) else {
            throw .usage("--output knows json and text, not '\(name.printable)'.")
        }
        self = format
    }

    /// The text to print, with a line feed at its end. What is no JSON, such as an answer in XML, is passed on as it is.
    func text(of body: [UInt8]) -> String {
        guard let value = try? StrictJSON(reading: body) else {
            let text = String(decoding: body, as: UTF8.self)
            return text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
        }
        switch self {
        case .json: return value.indented
        case .text: return value.lines
        }
    }
}
