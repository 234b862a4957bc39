/// A cloud service that may act for accounts, through roles that trust it (spec 14.1).
package struct RegisteredService: Sendable, Equatable {
    package let code: ServiceCode
    /// The account that runs the service and owns its access keys.
    package let account: AccountID
    package let createdAt: Timestamp

    package init(code: ServiceCode, account: AccountID, createdAt: Timestamp) {
        self.code = code
        self.account = account
        self.createdAt = createdAt
    }

    /// How trust policies name it: `oss.aliyuncs.com`.
    package var principal: String { code.principal }
}

extension ServiceCode {
    /// How trust policies name the service: `oss.aliyuncs.com`.
    package var principal: String { description.lowercased() + ".aliyuncs.com" }
}
