package import KMSCore

/// Lists policies: those that every account has, then the account's own, each by name.
package struct ListPolicies: AccessOperation {
    package static let name: StaticString = "ListPolicies"

    /// Nil for both.
    let type: PolicyType?
    let limit: Int
    /// The last policy of the page before.
    let after: PolicyReference?

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> ListPolicies {
        let type = try parameters.choice("PolicyType", PolicyType.self)
        return ListPolicies(
            type: type,
            limit: try parameters.pageLimit(),
            after: try parameters.marker { text in
                PolicyReference(text).flatMap { type == nil || $0.type == type ? $0 : nil }
            }
        )
    }

    package struct Answer: Response {
        let page: MarkedPage<Row>

        struct Row: Sendable {
            let policy: PolicySummary
            let attachmentCount: Int
        }

        package func write(to fields: inout some FieldWriter) {
            fields.list("Policies", of: "Policy", page.rows) {
                $0.policy($1.policy)
                $0.date("CreateDate", $1.policy.createdAt)
                $0.date("UpdateDate", $1.policy.updatedAt)
                $0.number("AttachmentCount", $1.attachmentCount)
            }
            fields.paging(page)
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        let account = call.caller.account
        try service.permit("ram:ListPolicies", on: .ram("policy/*", of: account), call)
        let rows = try await service.reading { () async throws(StoreError) in
            var rows: [Answer.Row] = []
            for policy in try await policies(in: account, service.store) {
                let count = try await service.store.attachmentCount(of: policy.reference, in: account)
                rows.append(Answer.Row(policy: policy, attachmentCount: count))
            }
            return rows
        }
        return Answer(page: MarkedPage(rows, limit: limit) { $0.policy.reference.description })
    }

    /// Those after ``after``, one more than ``limit`` where there are that many.
    private func policies(
        in account: AccountID,
        _ store: any AccessStore
    ) async throws(StoreError) -> [PolicySummary] {
        var found: [PolicySummary] = []
        if type != .custom, after?.type != .custom {
            let last = after?.name.description ?? ""
            found = SystemPolicies.all.filter { last.utf8.lexicographicallyPrecedes($0.name.utf8) }
                .compactMap { policy in PolicyName(policy.name).map { PolicySummary(policy, $0) } }
        }
        if type != .system, found.count <= limit {
            let last = after.flatMap { $0.type == .custom ? $0.name : nil }
            let custom = try await store.policies(in: account, after: last, limit: limit + 1 - found.count)
            found += custom.map { PolicySummary($0) }
        }
        return Array(found.prefix(limit + 1))
    }
}
