import KMSAccess
import KMSCore
import KMSStorage

@testable import KMSServer

/// A user of alice's account who may use every key and assume a role, and the role, which may use every key.
struct People: Sendable {
    let user: User
    let role: Role
    let account: AccountID

    static let mayUseKeys = #"{"Version":"1","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#
    private static let mayAssume =
        #"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#
    private static let start = Timestamp(seconds: 1_767_225_600)

    static func make(in service: WholeService) async throws -> People {
        let account = try requireValue(AccountID(User.alice.account))
        let user = KMSCore.User(
            id: try requireValue(UserID("200000000000000001")),
            account: account,
            name: try requireValue(UserName("worker")),
            createdAt: start,
            updatedAt: start
        )
        let role = Role(
            id: try requireValue(RoleID("300000000000000001")),
            account: account,
            name: try requireValue(RoleName("reader")),
            trustPolicy: #"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","#
                + #""Principal":{"RAM":["acs:ram::\#(account):root"]}}]}"#,
            createdAt: start,
            updatedAt: start
        )
        let signer = User(account: "\(account)", accessKeyID: "LTAIworker", secret: "WorkerSecretSentinel3Wd")
        try await service.store.apply(
            Change([
                .access(.insertUser(user, limit: 10)), .access(.insertRole(role, limit: 10)),
                .access(.insertAccessKey(try key(of: user.id, signer, account, service.sealer), limit: nil)),
            ])
        )
        let people = People(user: signer, role: role, account: account)
        try await people.attach(mayUseKeys, "use-keys", to: [.user(user.id), .role(role.id)], service)
        try await people.attach(mayAssume, "assume", to: [.user(user.id)], service)
        return people
    }

    private static func key(
        of user: UserID,
        _ signer: User,
        _ account: AccountID,
        _ sealer: any Sealer
    ) throws -> AccessKey {
        let holder = Identity.user(user)
        let subject = SealedSubject.accessKeySecret(
            account: account,
            principal: holder.description,
            accessKeyID: signer.accessKeyID
        )
        return AccessKey(
            id: signer.accessKeyID,
            account: account,
            identity: holder,
            isActive: true,
            createdAt: start,
            sealedSecret: try sealer.seal(SecretBytes(copying: Array(signer.secret.utf8)), as: subject)
        )
    }

    private func attach(
        _ document: String,
        _ name: String,
        to grantees: [Grantee],
        _ service: WholeService
    ) async throws {
        let id = UUIDBytes(high: 5, low: UInt64(name.utf8.count))
        let policy = Policy(
            id: id,
            account: account,
            name: try requireValue(PolicyName(name)),
            createdAt: Self.start,
            updatedAt: Self.start
        )
        let version = PolicyVersion(policy: id, number: 1, document: document, createdAt: Self.start)
        let attachments = grantees.map { grantee in
            Change.Step.access(
                .attach(
                    PolicyAttachment(
                        grantee: grantee,
                        account: account,
                        policy: policy.reference,
                        attachedAt: Self.start
                    ),
                    limit: 20
                )
            )
        }
        try await service.store.apply(Change([.access(.insertPolicy(policy, version, limit: 10))] + attachments))
    }

    /// Who signs in a new session of the role, begun by the user over the wire.
    func session(_ client: SigningClient, _ own: [String: String] = [:]) async throws -> User {
        var pairs = ["RoleArn": role.resourceName.description, "RoleSessionName": "nightly"]
        pairs.merge(own) { _, new in new }
        var caller = client.with(user)
        caller.version = "2015-04-01"
        let answer = try await caller.call("AssumeRole", pairs: pairs.map { ($0.key, $0.value) })
        guard answer.status == 200 else { throw SigningClient.Refused(answer: answer.text) }
        let credentials = try requireValue(try answer.json()["Credentials"])
        return User(
            account: user.account,
            accessKeyID: try requireValue(credentials["AccessKeyId"]?.string),
            secret: try requireValue(credentials["AccessKeySecret"]?.string),
            token: try requireValue(credentials["SecurityToken"]?.string)
        )
    }
}
