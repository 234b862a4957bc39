package import KMSCore

/// What verifying a trail has shown.
package struct AuditReport: Sendable {
    /// Something that is not as it was written.
    package struct Finding: Sendable, Equatable, CustomStringConvertible {
        /// The file and its line, from 1, at which it shows; nil where it is about the trail as a whole.
        package let file: String?
        package let line: Int?
        package let place: AuditPlace?
        package let sequence: Int64?
        package let what: String

        package var description: String {
            var text = ""
            if let file, let line { text += "\(file):\(line): " }
            if let place { text += "\(place)\(sequence.map { " line \($0)" } ?? ""): " }
            return text + what
        }
    }

    /// In the order in which they were met; those beyond ``findingLimit`` are only counted.
    package internal(set) var findings: [Finding] = []
    package internal(set) var findingCount = 0
    /// What the reader should know though nothing is wrong.
    package internal(set) var notes: [String] = []
    package internal(set) var lines = 0
    package internal(set) var checkpoints = 0
    package internal(set) var starts = 0
    /// Whether MACs were computed again.
    package internal(set) var hasCheckedCodes = false

    static let findingLimit = 1_000

    package var isWhole: Bool { findingCount == 0 }

    /// The report for people, a line for each thing.
    package var text: String {
        var text = findings.map { "FOUND \($0)\n" }.joined()
        if findingCount > findings.count { text += "FOUND \(findingCount - findings.count) more\n" }
        text += notes.map { "note: \($0)\n" }.joined()
        let codes = hasCheckedCodes ? "with MACs" : "without MACs"
        let verdict = isWhole ? "nothing found" : "\(findingCount) found"
        return text + "\(lines) lines, \(starts) starts, \(checkpoints) checkpoints, \(codes): \(verdict)\n"
    }

    mutating func add(_ finding: Finding) {
        findingCount += 1
        if findings.count < Self.findingLimit { findings.append(finding) }
    }
}
