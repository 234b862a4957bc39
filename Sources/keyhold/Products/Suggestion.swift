/// What somebody may have meant who wrote a name that is not known.
enum Suggestion {
    /// The candidate nearest to `name`, whatever the case of its letters, if it is near enough to be meant.
    static func nearest(to name: String, among candidates: [String]) -> String? {
        let written = Array(name.lowercased().utf8)
        let nearest =
            candidates
            .map { (name: $0, distance: distance(written, Array($0.lowercased().utf8))) }
            .min { $0.distance < $1.distance }
        guard let nearest, nearest.distance <= max(1, written.count / 4) else { return nil }
        return nearest.name
    }

    /// How many bytes must be put in, taken out or replaced to make one text the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (line, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
