import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("Parameters of RAM operations")
struct RAMParameterTests {
    private static func times(_ count: Int, _ text: String = "x") -> String { String(repeating: text, count: count) }

    /// Operation, parameter, value, and what is answered; a good value is answered with nil.
    static let values: [(String, String, String, String?)] = [
        ("CreateUser", "UserName", "", "MissingUserName"),
        ("CreateUser", "UserName", "a b", "InvalidParameter.UserName.InvalidChars"),
        ("CreateUser", "UserName", "ä", "InvalidParameter.UserName.InvalidChars"),
        ("CreateUser", "UserName", "a/b", "InvalidParameter.UserName.InvalidChars"),
        ("CreateUser", "UserName", "a*", "InvalidParameter.UserName.InvalidChars"),
        ("CreateUser", "UserName", times(64), nil),
        ("CreateUser", "UserName", times(65), "InvalidParameter.UserName.Length"),
        ("CreateUser", "UserName", times(65, "ä"), "InvalidParameter.UserName.InvalidChars"),
        ("CreateUser", "DisplayName", times(128, "爱"), nil),
        ("CreateUser", "DisplayName", times(129), "InvalidParameter.DisplayName.Length"),
        ("CreateUser", "DisplayName", "a\u{7}", "InvalidParameter.DisplayName.InvalidChars"),
        ("CreateUser", "DisplayName", "a\u{0}", "InvalidParameter.DisplayName.InvalidChars"),
        ("CreateUser", "MobilePhone", "+86-18600000000", nil),
        ("CreateUser", "MobilePhone", "18600000000", nil),
        ("CreateUser", "MobilePhone", "86--1", "InvalidParameter.MobilePhone.Format"),
        ("CreateUser", "MobilePhone", "86 1", "InvalidParameter.MobilePhone.Format"),
        ("CreateUser", "MobilePhone", "+", "InvalidParameter.MobilePhone.Format"),
        ("CreateUser", "MobilePhone", times(65, "1"), "InvalidParameter.MobilePhone.Format"),
        ("CreateUser", "Email", "a.b+c@example.com", nil),
        ("CreateUser", "Email", "a@b@c", "InvalidParameter.Email.Format"),
        ("CreateUser", "Email", "@example.com", "InvalidParameter.Email.Format"),
        ("CreateUser", "Email", "a@", "InvalidParameter.Email.Format"),
        ("CreateUser", "Email", "a b@example.com", "InvalidParameter.Email.Format"),
        ("CreateUser", "Email", times(128) + "@b", "InvalidParameter.Email.Format"),
        ("CreateUser", "Comments", times(128), nil),
        ("CreateUser", "Comments", times(129), "InvalidParameter.Comments.Length"),
        ("UpdateUser", "NewUserName", "a b", "InvalidParameter.NewUserName.InvalidChars"),
        ("UpdateUser", "NewUserName", times(65), "InvalidParameter.NewUserName.Length"),
        ("UpdateUser", "NewDisplayName", times(129), "InvalidParameter.NewDisplayName.Length"),
        ("UpdateUser", "NewMobilePhone", "x", "InvalidParameter.NewMobilePhone.Format"),
        ("UpdateUser", "NewEmail", "x", "InvalidParameter.NewEmail.Format"),
        ("UpdateUser", "NewComments", times(129), "InvalidParameter.NewComments.Length"),
        ("ListUsers", "MaxItems", "1", nil), ("ListUsers", "MaxItems", "1000", nil),
        ("ListUsers", "MaxItems", "0", "InvalidParameter.MaxItems"),
        ("ListUsers", "MaxItems", "1001", "InvalidParameter.MaxItems"),
        ("ListUsers", "MaxItems", "ten", "InvalidParameter.MaxItems"),
        ("ListUsers", "Marker", "a b", "InvalidParameter.Marker"),
        ("ListRoles", "Marker", "a/b", "InvalidParameter.Marker"),
        ("ListPolicies", "Marker", "ReadKeys", "InvalidParameter.Marker"),
        ("ListPolicies", "Marker", "Other/ReadKeys", "InvalidParameter.Marker"),
        ("ListPolicies", "Marker", "Custom/", "InvalidParameter.Marker"),
        ("ListPolicies", "Marker", "Custom/anything", nil),
        ("ListPolicies", "PolicyType", "custom", "InvalidParameter.PolicyType"),
        ("CreateAccessKey", "UserName", times(65), "InvalidParameter.UserName.Length"),
        ("UpdateAccessKey", "Status", "active", "InvalidParameter.Status"),
        ("UpdateAccessKey", "Status", "", "MissingStatus"),
        ("UpdateAccessKey", "UserAccessKeyId", "", "MissingUserAccessKeyId"),
        ("UpdateAccessKey", "UserAccessKeyId", times(129), "InvalidParameter.UserAccessKeyId.Length"),
        ("CreatePolicy", "PolicyName", "", "MissingPolicyName"),
        ("CreatePolicy", "PolicyName", "a_b", "InvalidParameter.PolicyName.InvalidChars"),
        ("CreatePolicy", "PolicyName", "a.b", "InvalidParameter.PolicyName.InvalidChars"),
        ("CreatePolicy", "PolicyName", times(128), nil),
        ("CreatePolicy", "PolicyName", times(129), "InvalidParameter.PolicyName.Length"),
        ("CreatePolicy", "PolicyDocument", "", "MissingPolicyDocument"),
        ("CreatePolicy", "Description", times(1_024), nil),
        ("CreatePolicy", "Description", times(1_025), "InvalidParameter.Description.Length"),
        ("CreatePolicyVersion", "SetAsDefault", "perhaps", "InvalidParameter.SetAsDefault"),
        ("CreatePolicyVersion", "RotateStrategy", "Oldest", "InvalidParameter.RotateStrategy"),
        ("DeletePolicy", "CascadingDelete", "2", "InvalidParameter.CascadingDelete"),
        ("GetPolicy", "PolicyType", "", "MissingPolicyType"),
        ("GetPolicy", "PolicyType", "Any", "InvalidParameter.PolicyType"),
        ("GetPolicyVersion", "VersionId", "", "MissingVersionId"),
        ("GetPolicyVersion", "VersionId", "1", "InvalidParameter.VersionId.Format"),
        ("GetPolicyVersion", "VersionId", "v", "InvalidParameter.VersionId.Format"),
        ("GetPolicyVersion", "VersionId", "v0", "InvalidParameter.VersionId.Format"),
        ("GetPolicyVersion", "VersionId", "v01", "InvalidParameter.VersionId.Format"),
        ("GetPolicyVersion", "VersionId", "V1", "InvalidParameter.VersionId.Format"),
        ("GetPolicyVersion", "VersionId", "v-1", "InvalidParameter.VersionId.Format"),
        ("GetPolicyVersion", "VersionId", "v" + times(40, "9"), "InvalidParameter.VersionId.Format"),
        ("AttachPolicyToUser", "PolicyType", "x", "InvalidParameter.PolicyType"),
        ("CreateRole", "RoleName", "", "MissingRoleName"),
        ("CreateRole", "RoleName", "a b", "InvalidParameter.RoleName.InvalidChars"),
        ("CreateRole", "RoleName", times(65), "InvalidParameter.RoleName.Length"),
        ("CreateRole", "AssumeRolePolicyDocument", "", "MissingAssumeRolePolicyDocument"),
        ("CreateRole", "Description", times(1_025), "InvalidParameter.Description.Length"),
        ("CreateRole", "MaxSessionDuration", "3600", nil), ("CreateRole", "MaxSessionDuration", "43200", nil),
        ("CreateRole", "MaxSessionDuration", "3599", "InvalidParameter.MaxSessionDuration"),
        ("CreateRole", "MaxSessionDuration", "43201", "InvalidParameter.MaxSessionDuration"),
        ("UpdateRole", "NewMaxSessionDuration", "1", "InvalidParameter.NewMaxSessionDuration"),
        ("UpdateRole", "NewDescription", times(1_025), "InvalidParameter.NewDescription.Length"),
    ]

    @Test("each value is taken, or refused with the documented code and sentence")
    func shapes() async throws {
        for (action, name, value, code) in Self.values {
            let bench = try await RAMBench()
            try await bench.furnish()
            let isNew = ["CreateUser", "CreatePolicy", "CreateRole"].contains(action)
            var parameters: [(key: String, value: String)] = [
                ("UserName", isNew ? "new" : "alice"), ("RoleName", isNew ? "new" : "auditor"),
                ("PolicyName", isNew ? "New" : "ReadKeys"), ("PolicyType", "Custom"), ("VersionId", "v1"),
                ("PolicyDocument", Documents.useKeys), ("AssumeRolePolicyDocument", Documents.trust),
                ("UserAccessKeyId", "LTAI-x"), ("Status", "Active"),
            ]
            parameters.removeAll { $0.key == name }
            parameters.append((name, value))
            var refusal: KMSError?
            do { try await bench.call(action, parameters) } catch { refusal = error }
            #expect(refusal?.code == code, "\(action) \(name)=\(value.prefix(40))")
            guard let code, let refusal else { continue }
            #expect(refusal.status == 400)
            let sentence =
                if code.hasPrefix("Missing") {
                    "\(name) is mandatory for this action."
                } else if code.hasSuffix(".InvalidChars") {
                    "The parameter - \"\(name)\" contains invalid chars."
                } else if code.hasSuffix(".Length") {
                    "The parameter - \"\(name)\" beyond the length limit."
                } else if code.hasSuffix(".Format") {
                    "The format of the parameter - \"\(name)\" is incorrect."
                } else {
                    "The parameter - \"\(name)\" is incorrect."
                }
            #expect(refusal.message.hasPrefix(sentence), "\(action): \(refusal.message)")
        }
    }

    @Test("what is not a documented part of a parameter is refused, and unknown parameters are not heeded")
    func unknownParameters() async throws {
        let bench = try await RAMBench()
        #expect(await bench.code("CreateUser", ["UserName": "a", "UserName.1": "b"]) == "400 InvalidParameter")
        #expect(await bench.code("CreateUser", ["UserName": "a", "Tag.1.Key": "b"]) == nil)
    }
}
