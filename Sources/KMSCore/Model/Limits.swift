/// The limits that the API documents (spec 11), in the unit that each names.
package enum Limits {
    /// Bytes of text that Encrypt takes.
    package static let plaintext = 6_144
    /// Unicode scalars of an EncryptionContext, as JSON text.
    package static let encryptionContext = 8_192
    /// Unicode scalars of a description.
    package static let description = 8_192
    /// Bytes of a data key.
    package static let dataKey = 1...1_024
    package static let pageSize = 1...100
    package static let defaultPageSize = 10
    /// Pairs of a Filters parameter, and values of each.
    package static let filters = 10
    package static let tagsPerResource = 20
    package static let tagsPerRequest = 20
    package static let resourcesPerRequest = 50
    /// Rows of one page of ListTagResources.
    package static let tagResourcesPage = 200
    /// Seconds between automatic rotations: 7 to 730 days.
    package static let rotationInterval: ClosedRange<Int64> = 604_800...63_072_000
    package static let versionsPerAsymmetricKey = 50
    /// Seconds between two versions of an asymmetric key: 7 days; a setting lowers it.
    package static let versionInterval: Int64 = 604_800
    /// Days from ScheduleKeyDeletion to the end of the key (manual 2.3); a setting raises the maximum.
    package static let pendingWindow = 7...30
    /// What the setting may raise the window to.
    package static let everyPendingWindow = 7...366
    package static let defaultPendingWindow = 30
    /// Decoded bytes of a CiphertextBlob: any ciphertext that this service makes is shorter.
    package static let ciphertextBlob = 16_384
    /// Bytes that SM2PKE takes: what keeps a ciphertext within 6,144 bytes.
    package static let sm2Plaintext = 6_047
    /// Seconds for which an import token serves (manual 4.3).
    package static let importTokenLifetime: Int64 = 86_400
    /// Attempts to import with one token that may fail.
    package static let importTries = 5
    /// Characters of an EncryptedKeyMaterial: any that this service takes is shorter.
    package static let wrappedMaterial = 1_024
    /// The last second that dates of the API can name, 9999-12-31T23:59:59Z, in seconds since 1970.
    package static let latestExpiry: Int64 = 253_402_300_799
    /// Host names of a certificate.
    package static let alternativeNames = 10
    /// Characters of a certificate's subject.
    package static let subject = 1_024
    /// Bytes of a message that is hashed here before a certificate's key signs it.
    package static let certificateMessage = 4_096
    /// Characters of one uploaded certificate, and of a chain.
    package static let certificate = 16_384
    package static let certificateChain = 65_536
    /// Certificates of a chain, besides the one that was issued.
    package static let certificatesOfChain = 10
}
