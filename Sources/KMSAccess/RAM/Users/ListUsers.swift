package import KMSCore

/// Lists the users of the account by name.
package struct ListUsers: AccessOperation {
    package static let name: StaticString = "ListUsers"

    let limit: Int
    /// The last name of the page before.
    let after: UserName?

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> ListUsers {
        ListUsers(limit: try parameters.pageLimit(), after: try parameters.marker(UserName.init))
    }

    package struct Answer: Response {
        let page: MarkedPage<User>

        package func write(to fields: inout some FieldWriter) {
            fields.list("Users", of: "User", page.rows) {
                $0.user($1)
                $0.date("UpdateDate", $1.updatedAt)
            }
            fields.paging(page)
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        let account = call.caller.account
        try service.permit("ram:ListUsers", on: .ram("user/*", of: account), call)
        let found = try await service.reading { () async throws(StoreError) in
            try await service.store.users(in: account, after: after, limit: limit + 1)
        }
        return Answer(page: MarkedPage(found, limit: limit) { $0.name.description })
    }
}
