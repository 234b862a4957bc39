package import KMSCore

/// One operation of RAM or STS, built as an operation of KMS is: its stored properties are the request parameters,
/// ``Answer`` is what comes back, ``run(_:in:)`` is what happens.
package protocol AccessOperation: Sendable {
    associatedtype Answer: Response
    /// The action's name on the wire, and after `ram:` or `sts:` in a policy: a literal.
    static var name: StaticString { get }
    /// Reads the parameters and judges their shape; looks nothing up.
    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> Self
    func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer
}

extension Catalogue.Entry {
    /// An operation of RAM or STS. It comes through the same doorway as those of KMS, and works in `service`.
    package init<O: AccessOperation>(_: O.Type, in service: AccessService) {
        self.init(named: "\(O.name)") { parameters, call, _ async throws(KMSError) in
            do throws(KMSError) {
                var reader = AccessParameters(parameters)
                let operation = try O.reading(&reader)
                try reader.finish()
                let answer = try await operation.run(call, in: service)
                if call.isDryRun { throw KMSError.dryRun }
                return answer
            } catch {
                // RAM and STS have a name of their own for it (spec 13).
                throw error.code == "InternalFailure" ? .internalError(error.cause ?? "") : error
            }
        }
    }
}
