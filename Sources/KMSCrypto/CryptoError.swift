internal import CCrypto

/// The library could not do its work: memory is out, or it lacks an algorithm. Never says anything of the input.
package struct CryptoError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// The library under all algorithms of this target.
package enum CryptoLibrary {
    /// Whether it has every algorithm that is used; a server asks once, before it serves.
    package static var isUsable: Bool { CCrypto_is_usable() == 1 }
}
