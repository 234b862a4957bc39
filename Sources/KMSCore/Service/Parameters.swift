/// The parameters of one request, decoded, as bytes: ranges into one buffer.
///
/// Names and values are bytes on purpose. Swift's strings take canonically equivalent texts for the same, and
/// signatures and names must not.
package struct Parameters: Sendable {
    /// A name and its value, as ranges of ``buffer``.
    package struct Entry: Sendable {
        package let name: Range<Int>
        package let value: Range<Int>

        package init(name: Range<Int>, value: Range<Int>) {
            self.name = name
            self.value = value
        }
    }

    package let buffer: [UInt8]
    /// In the order in which they came. Whoever makes the value has refused repeated names.
    package let entries: [Entry]

    package init(buffer: [UInt8], entries: [Entry]) {
        self.buffer = buffer
        self.entries = entries
    }

    /// The parameters of these texts; for callers inside the program.
    package init(_ pairs: KeyValuePairs<String, String>) {
        self.init(pairs.map { (key: $0.key, value: $0.value) })
    }

    /// The parameters of these texts; for callers inside the program.
    package init(_ pairs: [(key: String, value: String)]) {
        var buffer: [UInt8] = []
        var entries: [Entry] = []
        for (name, value) in pairs {
            let start = buffer.count
            buffer.append(contentsOf: name.utf8)
            let middle = buffer.count
            buffer.append(contentsOf: value.utf8)
            entries.append(Entry(name: start..<middle, value: middle..<buffer.count))
        }
        self.init(buffer: buffer, entries: entries)
    }

    package func name(_ entry: Entry) -> ArraySlice<UInt8> { buffer[entry.name] }
    package func value(_ entry: Entry) -> ArraySlice<UInt8> { buffer[entry.value] }

    /// Where the parameter of that name stands in ``entries``, or nil.
    package func index(of name: StaticString) -> Int? {
        entries.firstIndex { nameEquals($0, name) }
    }

    /// The value of the parameter of that name, or nil.
    package func value(of name: StaticString) -> ArraySlice<UInt8>? {
        index(of: name).map { value(entries[$0]) }
    }

    private func nameEquals(_ entry: Entry, _ name: StaticString) -> Bool {
        guard entry.name.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { expected in
            for offset in 0..<expected.count where unsafe expected[offset] != buffer[entry.name.lowerBound + offset] {
                return false
            }
            return true
        }
    }
}
