import KMSAccess
import KMSCore
import KMSCrypto
import Testing

/// Spec 12.2, line by line: what each operation asks of policies, and that policies decide.
@Suite("Operations and permissions")
struct PermissionTableTests {
    /// `{key}`, `{other}`, `{blob}` and the like stand for what the bench holds.
    struct Row: Sendable, CustomStringConvertible {
        let action: String
        let parameters: [(key: String, value: String)]
        /// Action and resource, for each that is asked.
        let asked: [(action: String, resource: String)]
        var description: String { action }

        init(_ action: String, _ parameters: KeyValuePairs<String, String>, on resources: String...) {
            self.action = action
            self.parameters = parameters.map { ($0.key, $0.value) }
            asked = resources.map { (action, $0) }
        }

        init(
            _ action: String,
            _ parameters: KeyValuePairs<String, String>,
            asking asked: [(action: String, resource: String)]
        ) {
            self.action = action
            self.parameters = parameters.map { ($0.key, $0.value) }
            self.asked = asked
        }
    }

    private static let unknown = "00000000-0000-4000-8000-000000000000"
    private static let key: KeyValuePairs = ["KeyId": "{key}"]
    private static let certificate: KeyValuePairs = ["CertificateId": unknown]
    private static let resources: KeyValuePairs = [
        "RegionId": "cn-hangzhou", "ResourceType": "key", "ResourceId.1": "{key}", "ResourceId.2": "{other}",
        "Tag.1.Key": "a", "Tag.1.Value": "b", "TagKey.1": "a",
    ]
    /// What the operations on public keys and certificates need to be well formed.
    private static let pair: KeyValuePairs = [
        "KeyId": "{key}", "KeyVersionId": unknown, "Algorithm": "SM2DSA", "Value": "AAAA",
        "Digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ]
    private static let ciphering: KeyValuePairs = [
        "KeyId": "{key}", "KeyVersionId": unknown, "Algorithm": "SM2PKE", "Plaintext": "aGk=", "CiphertextBlob": "aGk=",
    ]
    private static let wrapping: KeyValuePairs = [
        "KeyId": "{key}", "CiphertextBlob": "{blob}", "WrappingKeySpec": "EC_SM2",
        "WrappingAlgorithm": "SM2PKE", "PublicKeyBlob": "{publicKey}",
    ]
    private static let signed: KeyValuePairs = [
        "CertificateId": unknown, "Algorithm": "ECDSA_SHA_256", "Message": "aGk=", "SignatureValue": "aGk=",
    ]
    private static let sealed: KeyValuePairs = [
        "CertificateId": unknown, "Algorithm": "SM2PKE", "Plaintext": "aGk=", "CiphertextBlob": "aGk=",
    ]

    static let rows = [
        Row("CreateKey", [:], on: "key"), Row("ListKeys", [:], on: "key"), Row("ListAliases", [:], on: "alias"),
        Row("DescribeRegions", [:]), Row("DescribeAccountKmsStatus", [:], on: "*"), Row("OpenKmsService", [:], on: "*"),
        Row("DescribeKey", key, on: "key/{key}"), Row("EnableKey", key, on: "key/{key}"),
        Row("DisableKey", key, on: "key/{key}"), Row("ScheduleKeyDeletion", key, on: "key/{key}"),
        Row("CancelKeyDeletion", key, on: "key/{key}"),
        Row("UpdateKeyDescription", ["KeyId": "{key}", "Description": "new"], on: "key/{key}"),
        Row("SetDeletionProtection", ["KeyId": "{key}", "EnableDeletionProtection": "true"], on: "key/{key}"),
        Row(
            "CreateAlias",
            ["KeyId": "{key}", "AliasName": "alias/new"],
            on: "alias/new",
            "key/{key}"
        ),
        Row(
            "UpdateAlias",
            ["KeyId": "{other}", "AliasName": "alias/mine"],
            on: "alias/mine",
            "key/{key}",
            "key/{other}"
        ),
        Row("DeleteAlias", ["AliasName": "alias/mine"], on: "alias/mine", "key/{key}"),
        Row("ListAliasesByKeyId", key, on: "key/{key}"),
        Row("Encrypt", ["KeyId": "alias/mine", "Plaintext": "text"], on: "key/{key}"),
        Row("Decrypt", ["CiphertextBlob": "{blob}"], on: "key/{key}"),
        Row(
            "ReEncrypt",
            ["CiphertextBlob": "{blob}", "DestinationKeyId": "{other}"],
            asking: [("ReEncryptFrom", "key/{key}"), ("ReEncryptTo", "key/{other}")]
        ),
        Row("GenerateDataKey", ["KeyId": "alias/mine"], on: "key/{key}"),
        Row("GenerateDataKeyWithoutPlaintext", key, on: "key/{key}"), Row("ExportDataKey", wrapping, on: "key/{key}"),
        Row("GenerateAndExportDataKey", wrapping, on: "key/{key}"), Row("GetPublicKey", pair, on: "key/{key}"),
        Row("AsymmetricEncrypt", ciphering, on: "key/{key}"), Row("AsymmetricDecrypt", ciphering, on: "key/{key}"),
        Row("AsymmetricSign", pair, on: "key/{key}"), Row("AsymmetricVerify", pair, on: "key/{key}"),
        Row(
            "CreateCertificateSigningRequest",
            ["KeyId": "{key}", "KeyVersionId": unknown, "Subject": "CN=a,OU=u,O=o,C=CN"],
            on: "key/{key}"
        ),
        Row(
            "CreateCertificate",
            ["KeySpec": "EC_P256", "Subject": "CN=a,OU=u,O=o,C=CN", "SubjectAlternativeNames": #"["a.test"]"#],
            on: "certificate"
        ),
        Row(
            "UploadCertificate",
            ["CertificateId": unknown, "Certificate": "{pem}"],
            on: "certificate/\(unknown)"
        ),
        Row("GetCertificate", certificate, on: "certificate/\(unknown)"),
        Row("DescribeCertificate", certificate, on: "certificate/\(unknown)"),
        Row("DeleteCertificate", certificate, on: "certificate/\(unknown)"),
        Row(
            "UpdateCertificateStatus",
            ["CertificateId": unknown, "Status": "INACTIVE"],
            on: "certificate/\(unknown)"
        ),
        Row("CertificatePrivateKeySign", signed, on: "certificate/\(unknown)"),
        Row("CertificatePublicKeyVerify", signed, on: "certificate/\(unknown)"),
        Row("CertificatePublicKeyEncrypt", sealed, on: "certificate/\(unknown)"),
        Row("CertificatePrivateKeyDecrypt", sealed, on: "certificate/\(unknown)"),
        Row(
            "GetParametersForImport",
            ["KeyId": "{key}", "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"],
            on: "key/{key}"
        ),
        Row(
            "ImportKeyMaterial",
            ["KeyId": "{key}", "EncryptedKeyMaterial": "aGk=", "ImportToken": "aGk="],
            on: "key/{key}"
        ),
        Row("DeleteKeyMaterial", key, on: "key/{key}"),
        Row("UpdateRotationPolicy", ["KeyId": "{key}", "EnableAutomaticRotation": "false"], on: "key/{key}"),
        Row("CreateKeyVersion", key, on: "key/{key}"), Row("ListKeyVersions", key, on: "key/{key}"),
        Row("DescribeKeyVersion", ["KeyId": "{key}", "KeyVersionId": unknown], on: "key/{key}"),
        Row("TagResource", ["KeyId": "{key}", "Tags": #"[{"TagKey":"a","TagValue":"b"}]"#], on: "key/{key}"),
        Row("UntagResource", ["KeyId": "{key}", "TagKeys": #"["a"]"#], on: "key/{key}"),
        Row("ListResourceTags", key, on: "key/{key}"), Row("TagResources", resources, on: "key/{key}", "key/{other}"),
        Row("UntagResources", resources, on: "key/{key}", "key/{other}"),
        Row("ListTagResources", resources, on: "key/{key}", "key/{other}"),
    ]

    @Test("the table has a row for every operation")
    func completeness() {
        #expect(Self.rows.map(\.action).sorted() == Catalogue.kms().names)
    }

    @Test("the account is allowed, a user only what a policy grants on every resource, and Deny wins", arguments: rows)
    func cell(_ row: Row) async throws {
        func isAllowed(_ statements: String?) async throws -> Bool {
            let subject = try await Subject(row)
            let code = try await subject.code(statements)
            let malformed = ["MissingParameter", "InvalidParameter", "ParseRequestParameterException"]
            // What the bench lacks is found absent after permission; a request must not fail before it.
            if statements != nil || code != nil { #expect(!malformed.contains(code ?? ""), "\(code ?? "")") }
            return code != "Forbidden.NoPermission"
        }
        #expect(try await Subject(row).code(nil, isRoot: true) != "Forbidden.NoPermission")
        #expect(try await isAllowed("") == row.asked.isEmpty)
        let whole = row.asked.map { Self.statement("Allow", $0.action, $0.resource) }
        #expect(try await isAllowed(whole.joined(separator: ",")))
        for index in whole.indices {
            var partly = whole
            partly.remove(at: index)
            #expect(try await !isAllowed(partly.joined(separator: ",")), "without \(row.asked[index])")
            let denied = whole + [Self.statement("Deny", row.asked[index].action, row.asked[index].resource)]
            #expect(try await !isAllowed(denied.joined(separator: ",")), "denied \(row.asked[index])")
        }
        #expect(try await isAllowed(#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#))
    }

    private static func statement(_ effect: String, _ action: String, _ resource: String) -> String {
        let name = resource == "*" ? "*" : "acs:kms:cn-hangzhou:1000000000000001:\(resource)"
        return #"{"Effect":"\#(effect)","Action":["kms:\#(action)"],"Resource":["\#(name)"]}"#
    }

    /// Two keys, an alias and a ciphertext, and one request about them.
    private struct Subject {
        let bench: Bench
        let row: Row
        let values: [String: String]

        init(_ row: Row) async throws {
            self.row = row
            bench = try Bench()
            let key = try await bench.makeKey()
            let other = try await bench.makeKey()
            try await bench.call("CreateAlias", ["KeyId": key, "AliasName": "alias/mine"])
            values = [
                "key": key, "other": other, "blob": try await bench.encrypt("AAAA", under: key),
                "publicKey": base64(try PrivateKey.generate(.ecSM2).publicKey.der), "pem": try Self.certificate(),
            ]
        }

        /// Some certificate.
        private static func certificate() throws -> String {
            String(
                decoding: try LocalAuthority.make(for: [try #require(HostName("a.test"))]).certificate,
                as: UTF8.self
            )
        }

        private func filled(_ text: String) -> String {
            values.reduce(text) { text, value in
                text.split(separator: "{\(value.key)}", omittingEmptySubsequences: false).joined(separator: value.value)
            }
        }

        func code(_ statements: String?, isRoot: Bool = false) async throws -> String? {
            var authorizer: any Authorizer = RootAuthorizer()
            if !isRoot {
                let statements = filled(statements ?? "")
                let text = #"{"Version":"1","Statement":[\#(statements)]}"#
                let policies =
                    statements.isEmpty
                    ? []
                    : [
                        NamedPolicy(
                            name: "Custom/Test",
                            version: "v1",
                            policy: CompiledPolicy(try PolicyDocument(text))
                        )
                    ]
                authorizer = PolicyAuthorizer(policies: policies)
            }
            do {
                try await bench.call(
                    row.action,
                    row.parameters.map { ($0.key, filled($0.value)) },
                    authorizer: authorizer
                )
                return nil
            } catch { return error.code }
        }
    }
}
