internal import CPlatform

/// What keeps this process's memory to itself.
package enum ProcessMemory {
    /// Keeps the memory out of core dumps and away from debuggers of the same user.
    ///
    /// Returns what the system refused, as an errno, or nil. For a program's start, before it holds a secret.
    package static func forbidDumps() -> Int32? {
        let refusal = CPlatform_forbid_core_dumps()
        return refusal == 0 ? nil : refusal
    }
}
