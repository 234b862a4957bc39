/// Where the holders of wrapped keys are remembered: which key of which token wraps them.
package protocol BackendStore: Sendable {
    /// All of them, by name.
    func backends() async throws(StoreError) -> [Backend]
    /// Remembers a new one; ``StoreError/alreadyExists`` where its name or its wrapping key is known already.
    func insertBackend(_ backend: Backend) async throws(StoreError)
}

/// A holder of keys that are kept wrapped, and what its wrapping key is known by.
package struct Backend: Sendable, Equatable {
    /// As ``KeyHolder/backend``.
    package let name: String
    /// The CKA_ID of the wrapping key in its token, 16 bytes.
    package let wrappingKeyID: [UInt8]
    /// From 1; each wrapped key names the generation that wraps it.
    package let generation: UInt32
    /// A key that was drawn once and wrapped, which no other wrapping key unwraps.
    package let sample: [UInt8]
    /// The check value of that key, 16 bytes: proves that it was unwrapped rightly.
    package let checkValue: [UInt8]
    package let createdAt: Timestamp

    package init(
        name: String,
        wrappingKeyID: [UInt8],
        generation: UInt32,
        sample: [UInt8],
        checkValue: [UInt8],
        createdAt: Timestamp
    ) {
        self.name = name
        self.wrappingKeyID = wrappingKeyID
        self.generation = generation
        self.sample = sample
        self.checkValue = checkValue
        self.createdAt = createdAt
    }

    /// Whether a name may be a backend's: 1 to 32 lower-case letters, digits and hyphens, the first a letter, and not a
    /// name that other holders have.
    package static func isName(_ name: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return (1...32).contains(name.utf8.count) && name.utf8.first.map(letters.contains) ?? false
            && name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-") }
            && !["software", "software-development", "keyhold-hsm"].contains(name)
    }
}
