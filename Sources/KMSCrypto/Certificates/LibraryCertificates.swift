internal import CCrypto
internal import KMSCore

/// Certificates that libcrypto has read, freed with their only user.
@safe struct LibraryCertificates: ~Copyable {
    /// One for each certificate; none is nil.
    private let pointers: [OpaquePointer?]

    var count: Int { unsafe pointers.count }

    /// The certificates in a text of PEM blocks, or nil unless there are 1 to `limit` and nothing else.
    init?(reading pem: String, limit: Int) {
        let text = Array(pem.utf8)
        var read = unsafe [OpaquePointer?](repeating: nil, count: limit)
        var count = limit
        let isRead = unsafe text.withUnsafeBufferPointer { text in
            unsafe read.withUnsafeMutableBufferPointer { read in
                unsafe CCrypto_certificates_read(text.baseAddress, text.count, read.baseAddress, &count)
            }
        }
        guard isRead == 1 else { return nil }
        unsafe pointers = unsafe Array(read.prefix(count))
    }

    /// What a certificate says of itself; nil where it says what cannot be written, such as a date out of the calendar.
    borrowing func certificate(_ index: Int) -> IssuedCertificate? {
        let pointer = unsafe pointers[index]
        var (notBefore, notAfter): (Int64, Int64) = (0, 0)
        guard unsafe CCrypto_certificate_validity(pointer, &notBefore, &notAfter) == 1,
            let pem = text(CCRYPTO_CERTIFICATE_PEM, of: index),
            let subject = text(CCRYPTO_CERTIFICATE_SUBJECT, of: index),
            let issuer = text(CCRYPTO_CERTIFICATE_ISSUER, of: index),
            let serial = text(CCRYPTO_CERTIFICATE_SERIAL, of: index),
            let keyIdentifier = field(CCRYPTO_CERTIFICATE_KEY_IDENTIFIER, of: index),
            let hosts = text(CCRYPTO_CERTIFICATE_HOSTS, of: index)
        else { return nil }
        return IssuedCertificate(
            pem: pem,
            subject: subject,
            issuer: issuer,
            serial: serial,
            notBefore: Timestamp(seconds: notBefore),
            notAfter: Timestamp(seconds: notAfter),
            keyIdentifier: keyIdentifier,
            hosts: hosts.split(separator: "\n").map { String($0) }
        )
    }

    private borrowing func field(_ field: CCryptoCertificateField, of index: Int) -> [UInt8]? {
        // A name may be three times as long as its certificate: each byte of it may need an escape.
        unsafe written(atMost: 65_536) { output, count in
            unsafe CCrypto_certificate_field(pointers[index], field, output, &count)
        }
    }

    private borrowing func text(_ field: CCryptoCertificateField, of index: Int) -> String? {
        self.field(field, of: index).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Whether the first certificate is for the key of this DER SubjectPublicKeyInfo.
    borrowing func isFirst(for publicKey: [UInt8]) -> Bool {
        unsafe publicKey.withUnsafeBufferPointer { key in
            unsafe CCrypto_certificate_is_for(pointers[0], key.baseAddress, key.count) == 1
        }
    }

    /// Whether each was issued by the one after it, and all are valid at `now`.
    borrowing func areChained(at now: Timestamp) -> Bool {
        unsafe pointers.withUnsafeBufferPointer { pointers in
            unsafe CCrypto_certificates_are_chained(pointers.baseAddress, pointers.count, now.seconds) == 1
        }
    }

    deinit {
        for index in 0..<count { unsafe CCrypto_certificate_free(pointers[index]) }
    }
}
