package import KMSCore

/// Lists the roles of the account by name.
package struct ListRoles: AccessOperation {
    package static let name: StaticString = "ListRoles"

    let limit: Int
    /// The last name of the page before.
    let after: RoleName?

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> ListRoles {
        ListRoles(limit: try parameters.pageLimit(), after: try parameters.marker(RoleName.init))
    }

    package struct Answer: Response {
        let page: MarkedPage<Role>

        package func write(to fields: inout some FieldWriter) {
            fields.list("Roles", of: "Role", page.rows) {
                $0.role($1)
                $0.date("UpdateDate", $1.updatedAt)
            }
            fields.paging(page)
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        let account = call.caller.account
        try service.permit("ram:ListRoles", on: .ram("role/*", of: account), call)
        let found = try await service.reading { () async throws(StoreError) in
            try await service.store.roles(in: account, after: after, limit: limit + 1)
        }
        return Answer(page: MarkedPage(found, limit: limit) { $0.name.description })
    }
}
