/// Every operation that the service knows, found by product version and action name. A literal table.
package struct Catalogue: Sendable {
    /// One operation, with its type put aside.
    package struct Entry: Sendable {
        package let name: String
        package let rateClass: RateClass
        package let run: @Sendable (Parameters, Call, KeyService) async throws(KMSError) -> any Response

        /// An operation that works in a service of its own and not in the ``KeyService``.
        package init(
            named name: String,
            rateClass: RateClass = .access,
            run: @escaping @Sendable (Parameters, Call, KeyService) async throws(KMSError) -> any Response
        ) {
            self.name = name
            self.rateClass = rateClass
            self.run = run
        }

        package init<O: Operation & ~Copyable>(_: O.Type) {
            name = "\(O.name)"
            rateClass = O.rateClass
            run = { parameters, call, service async throws(KMSError) in
                var reader = ParameterReader(parameters)
                let operation = try O.reading(&reader)
                try reader.finish()
                let answer = try await operation.run(call, in: service)
                if call.isDryRun { throw .dryRun }
                return answer
            }
        }
    }

    /// The version that requests of this catalogue name, such as `2016-01-20`.
    package let version: String
    private let entries: [String: Entry]

    package init(version: String, _ entries: [Entry]) {
        self.version = version
        self.entries = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })
    }

    package func entry(named name: String) -> Entry? { entries[name] }

    /// The names of all operations, sorted.
    package var names: [String] { entries.keys.sorted() }
}
