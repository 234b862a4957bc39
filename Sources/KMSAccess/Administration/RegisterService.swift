internal import KMSCore

/// Lets a cloud service act for accounts whose roles trust it, and gives it an access key (spec 14.1).
struct RegisterService: AccessOperation {
    static let name: StaticString = "RegisterService"

    let code: ServiceCode
    /// The account that runs the service.
    let account: AccountID

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> RegisterService {
        let code = try parameters.serviceCode()
        guard let account = try parameters.accountID("AccountId") else { throw .missingCommon("AccountId") }
        return RegisterService(code: code, account: account)
    }

    typealias Answer = ServiceAccessKey

    func run(_ call: Call, in service: AccessService) async throws(KMSError) -> ServiceAccessKey {
        let (accessKey, secret) = try service.makeAccessKey(of: .service(code), in: account, at: call.arrival)
        let registered = RegisteredService(code: code, account: account, createdAt: call.arrival)
        call.touch(.ram("service/\(code.principal)", of: account))
        let steps: [AccessStep] = [
            .insertService(registered), .insertAccessKey(accessKey, limit: AccessLimits.accessKeysPerUser),
        ]
        switch try await service.commit(steps, call) {
        case .made: return ServiceAccessKey(code: code, accessKey: accessKey, secret: secret)
        case .alreadyExists: throw .serviceExists
        case .conflict: throw .accountUnknown
        case .limitReached: throw .tooManyServiceAccessKeys
        }
    }
}

/// Gives a registered service one more access key, which can take the other's place.
struct CreateServiceAccessKey: AccessOperation {
    static let name: StaticString = "CreateServiceAccessKey"

    let code: ServiceCode

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> CreateServiceAccessKey {
        CreateServiceAccessKey(code: try parameters.serviceCode())
    }

    typealias Answer = ServiceAccessKey

    func run(_ call: Call, in service: AccessService) async throws(KMSError) -> ServiceAccessKey {
        let registered = try await service.registered(code)
        call.touch(.ram("service/\(code.principal)", of: registered.account))
        let (accessKey, secret) = try service.makeAccessKey(
            of: .service(code),
            in: registered.account,
            at: call.arrival
        )
        let limit = AccessLimits.accessKeysPerUser
        switch try await service.commit([.insertAccessKey(accessKey, limit: limit)], call) {
        case .made: return ServiceAccessKey(code: code, accessKey: accessKey, secret: secret)
        case .limitReached: throw .tooManyServiceAccessKeys
        case .conflict, .alreadyExists: throw .serviceUnknown
        }
    }
}

/// Takes an access key from a service.
struct DeleteServiceAccessKey: AccessOperation {
    static let name: StaticString = "DeleteServiceAccessKey"

    let code: ServiceCode
    let accessKeyID: String

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> DeleteServiceAccessKey {
        DeleteServiceAccessKey(
            code: try parameters.serviceCode(),
            accessKeyID: try parameters.text("UserAccessKeyId", limit: 128)
        )
    }

    func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        let registered = try await service.registered(code)
        call.touch(.ram("service/\(code.principal)", of: registered.account))
        let step = AccessStep.deleteAccessKey(accessKeyID, of: .service(code), in: registered.account)
        guard case .made = try await service.commit([step], call) else { throw .serviceAccessKeyUnknown }
        return Done()
    }
}

/// Lists the registered services with their access keys.
struct ListServices: AccessOperation {
    static let name: StaticString = "ListServices"

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> ListServices { ListServices() }

    struct Answer: Response {
        let services: [(service: RegisteredService, accessKeys: [AccessKey])]

        func write(to fields: inout some FieldWriter) {
            fields.list("Services", of: "Service", services) { fields, row in
                fields.text("ServiceCode", row.service.code.description)
                fields.text("Principal", row.service.principal)
                fields.text("AccountId", row.service.account.description)
                fields.date("CreateDate", row.service.createdAt)
                fields.texts("AccessKeys", of: "AccessKeyId", row.accessKeys.map(\.id))
            }
        }
    }

    func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        try await service.reading { () async throws(StoreError) in
            var rows: [(service: RegisteredService, accessKeys: [AccessKey])] = []
            for registered in try await service.store.services() {
                let holder = Identity.service(registered.code)
                rows.append((registered, try await service.store.accessKeys(of: holder, in: registered.account)))
            }
            return Answer(services: rows)
        }
    }
}

/// Ends what a service may do: its access keys go, the keys that it made in accounts stay.
struct RemoveService: AccessOperation {
    static let name: StaticString = "RemoveService"

    let code: ServiceCode

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> RemoveService {
        RemoveService(code: try parameters.serviceCode())
    }

    func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        let registered = try await service.registered(code)
        call.touch(.ram("service/\(code.principal)", of: registered.account))
        guard case .made = try await service.commit([.deleteService(code)], call) else { throw .serviceUnknown }
        return Done()
    }
}

/// A service's new access key, whose secret is shown this once.
struct ServiceAccessKey: Response {
    let code: ServiceCode
    let accessKey: AccessKey
    let secret: SecretBox

    func write(to fields: inout some FieldWriter) {
        fields.text("ServiceCode", code.description)
        fields.text("Principal", code.principal)
        fields.object("AccessKey") { fields in
            fields.text("AccessKeyId", accessKey.id)
            fields.secret("AccessKeySecret", secret)
        }
    }
}

extension AccessService {
    func registered(_ code: ServiceCode) async throws(KMSError) -> RegisteredService {
        let found = try await reading { () async throws(StoreError) in try await store.service(code) }
        guard let found else { throw .serviceUnknown }
        return found
    }
}

extension AccessParameters {
    mutating func serviceCode() throws(KMSError) -> ServiceCode {
        guard let code = ServiceCode(try text("ServiceCode", limit: 32)) else {
            throw .incorrect("ServiceCode", "Use 2 to 32 upper-case letters, digits and hyphens, a letter first.")
        }
        return code
    }
}

extension KMSError {
    static let serviceExists = KMSError(409, "EntityAlreadyExists.Service", "The service is registered.")
    static let serviceUnknown = KMSError(404, "EntityNotExist.Service", "The service is not registered.")
    static let tooManyServiceAccessKeys = KMSError(
        409,
        "LimitExceeded.Service.AccessKey",
        "The count of access keys of the service beyond the current limits.",
        explanation: "There may be \(AccessLimits.accessKeysPerUser)."
    )
    static let serviceAccessKeyUnknown = KMSError(
        404,
        "EntityNotExist.Service.AccessKey",
        "The service has no such access key."
    )
    static let accountUnknown = KMSError(404, "EntityNotExist.Account", "The account does not exist.")
}
