/// Why a policy document was refused, in words for its author. Callers answer `MalformedPolicyDocument` with them.
package struct PolicyDocumentError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One or two sentences that say where and what, such as `Statement 2: Effect must be Allow or Deny.`
    package let description: String

    /// - Parameters:
    ///   - place: such as `Statement 2`; empty for the document as a whole.
    ///   - problem: a sentence.
    init(_ place: String = "", _ problem: String) {
        description = place.isEmpty ? problem : "\(place): \(problem)"
    }
}
