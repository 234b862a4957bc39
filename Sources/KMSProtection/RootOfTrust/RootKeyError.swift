/// Why a root key, or a slot of it, does not open, so that a server does not start; the text is for its operator.
package struct RootKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
