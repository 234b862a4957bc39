import KMSAccess
import KMSCore

/// An access key to sign with. It has no textual form beyond its id.
struct Credentials: Sendable, CustomStringConvertible {
    let accessKeyID: String
    let key: SigningKey
    /// With temporary keys only.
    let securityToken: String?

    /// The access key that one source gives, or nil where it gives none.
    ///
    /// - Parameter source: begins the sentence that complains of half an access key.
    init?(id: String?, secret: String?, token: String?, from source: String) throws(Failure) {
        switch (id, secret) {
        case (nil, nil): return nil
        case (_?, nil): throw .usage("\(source) gives an access key id without its secret.")
        case (nil, _?): throw .usage("\(source) gives an access key secret without its id.")
        case (let id?, let secret?):
            accessKeyID = id
            key = SigningKey(secret: SecretBytes(copying: Array(secret.utf8)))
            securityToken = token
        }
    }

    var description: String { accessKeyID }
}
