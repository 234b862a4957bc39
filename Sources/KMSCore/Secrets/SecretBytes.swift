internal import CPlatform

/// Bytes with one owner, wiped when that owner is done with them.
///
/// A secret is written in place, shown only inside a closure, compared in constant time and never described: it has no
/// textual form. It lies in the secret memory of the process (``ProcessMemory/lockSecrets()``) while that has room.
@safe package struct SecretBytes: ~Copyable, @unchecked Sendable {
    // Sendable: the storage is written once, before the value exists for anybody else.
    private let storage: UnsafeMutableRawBufferPointer
    /// The length in bytes.
    package let byteCount: Int

    /// Lets `fill` write the bytes in place, so that no other copy of them exists.
    ///
    /// What `fill` leaves unwritten is zero. If it throws, what it wrote is wiped.
    ///
    /// - Parameter byteCount: the length in bytes; zero is allowed.
    package init<E: Error>(
        byteCount: Int,
        initializingWith fill: (inout OutputRawSpan) throws(E) -> Void
    ) throws(E) {
        // One byte at least, so that an empty secret has an address as well.
        guard let bytes = unsafe CPlatform_allocate_secret(max(byteCount, 1)) else {
            preconditionFailure("no memory for a secret of \(byteCount) bytes")
        }
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: max(byteCount, 1))
        unsafe storage = buffer
        self.byteCount = byteCount
        var output = unsafe OutputRawSpan(buffer: .init(rebasing: buffer[..<byteCount]), initializedCount: 0)
        try fill(&output)
        _ = unsafe output.finalize(for: .init(rebasing: buffer[..<byteCount]))
    }

    /// A secret made of a copy of `bytes`; the caller wipes its own copy.
    package init(copying bytes: RawSpan) {
        self.init(byteCount: bytes.byteCount) { output in
            for offset in bytes.byteOffsets {
                unsafe output.append(bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
            }
        }
    }

    /// A secret made of a copy of `bytes`; the caller's array is not wiped.
    package init(copying bytes: [UInt8]) {
        unsafe self.init(copying: bytes.span.bytes)
    }

    /// Shows the bytes to `body`, and to nobody after it returns.
    package borrowing func withBytes<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        unsafe try body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: storage[..<byteCount])))
    }

    /// Whether both hold the same bytes, in a time that depends on the length alone.
    package borrowing func equals(_ other: borrowing SecretBytes) -> Bool {
        withBytes { mine in other.withBytes { theirs in constantTimeEquals(mine, theirs) } }
    }

    deinit {
        unsafe CPlatform_free_secret(storage.baseAddress, storage.count)
    }
}

/// Whether both spans hold the same bytes, in a time that depends on their lengths alone.
package func constantTimeEquals(_ left: RawSpan, _ right: RawSpan) -> Bool {
    guard left.byteCount == right.byteCount else { return false }
    var difference: UInt8 = 0
    for offset in left.byteOffsets {
        unsafe difference |=
            left.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
            ^ right.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }
    return difference == 0
}
