/// The library could not do its work: memory is out, or it lacks an algorithm. Never says anything of the input.
package struct CryptoError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
