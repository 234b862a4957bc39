/// Where accounts and access keys are read; they are written through ``KeyStore/apply(_:)`` like everything else.
package protocol AccountStore: Sendable {
    func account(_ id: AccountID) async throws(StoreError) -> Account?
    func accessKey(_ id: String) async throws(StoreError) -> AccessKey?
    /// The access keys of an account, in the order of their creation.
    func accessKeys(of account: AccountID) async throws(StoreError) -> [AccessKey]
    func accounts() async throws(StoreError) -> [Account]
}
