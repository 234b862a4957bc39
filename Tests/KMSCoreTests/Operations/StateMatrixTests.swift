import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

/// Spec 10, cell by cell: what each operation answers in each state.
@Suite("Key states and operations")
struct StateMatrixTests {
    /// What the four states answer, in the order Enabled, Disabled, PendingDeletion, PendingImport; nil for success.
    struct Row: Sendable, CustomStringConvertible {
        let action: String
        let codes: [String?]
        var description: String { action }
        var isSigner: Bool {
            ["AsymmetricSign", "AsymmetricVerify", "CreateCertificateSigningRequest"].contains(action)
        }
    }

    static let byName: [String?] = [nil, "Rejected.Disabled", "Rejected.PendingDeletion", "Rejected.PendingImport"]
    /// Asymmetric keys are never in PendingImport.
    static let asymmetric = Array(byName.prefix(3))
    static let everywhere: [String?] = [nil, nil, nil, nil]
    static let notPendingDeletion: [String?] = [nil, nil, "Rejected.PendingDeletion", nil]
    static let notModified: String? = "Rejected.StateModifiedFailed"

    static let rows = [
        Row(action: "DescribeKey", codes: everywhere),
        Row(action: "ListKeys", codes: everywhere),
        Row(action: "ListAliases", codes: everywhere),
        Row(action: "ListAliasesByKeyId", codes: everywhere),
        Row(action: "DeleteAlias", codes: everywhere),
        Row(action: "ListResourceTags", codes: everywhere),
        Row(action: "ListTagResources", codes: everywhere),
        Row(action: "ListKeyVersions", codes: everywhere),
        Row(action: "DescribeKeyVersion", codes: everywhere),
        Row(action: "GetParametersForImport", codes: everywhere),
        Row(action: "ImportKeyMaterial", codes: [nil, nil, notModified, nil]),
        Row(action: "DeleteKeyMaterial", codes: everywhere),
        Row(action: "Encrypt", codes: byName),
        Row(action: "Decrypt", codes: byName),
        Row(action: "GenerateDataKey", codes: byName),
        Row(action: "GenerateDataKeyWithoutPlaintext", codes: byName),
        Row(action: "ReEncrypt from", codes: byName),
        Row(action: "ReEncrypt to", codes: byName),
        Row(action: "ReEncrypt asymmetric", codes: asymmetric),
        Row(action: "ExportDataKey", codes: byName),
        Row(action: "GenerateAndExportDataKey", codes: byName),
        Row(action: "GetPublicKey", codes: [nil, nil, nil]),
        Row(action: "AsymmetricEncrypt", codes: asymmetric),
        Row(action: "AsymmetricDecrypt", codes: asymmetric),
        Row(action: "AsymmetricSign", codes: asymmetric),
        Row(action: "AsymmetricVerify", codes: asymmetric),
        Row(action: "CreateCertificateSigningRequest", codes: asymmetric),
        Row(action: "CreateKeyVersion", codes: asymmetric),
        Row(action: "UpdateRotationPolicy", codes: byName),
        Row(action: "EnableKey", codes: [nil, nil, notModified, notModified]),
        Row(action: "DisableKey", codes: [nil, nil, notModified, notModified]),
        Row(action: "ScheduleKeyDeletion", codes: [nil, nil, notModified, nil]),
        Row(action: "CreateAlias", codes: [nil, nil, notModified, nil]),
        Row(action: "CancelKeyDeletion", codes: [notModified, notModified, nil, notModified]),
        Row(action: "UpdateKeyDescription", codes: notPendingDeletion),
        Row(action: "TagResource", codes: notPendingDeletion),
        Row(action: "UntagResource", codes: notPendingDeletion),
        Row(action: "TagResources", codes: notPendingDeletion),
        Row(action: "UntagResources", codes: notPendingDeletion),
        Row(action: "UpdateAlias", codes: notPendingDeletion),
        Row(action: "SetDeletionProtection", codes: notPendingDeletion),
    ]

    static let imports: Set = ["GetParametersForImport", "ImportKeyMaterial", "DeleteKeyMaterial"]

    @Test("every cell answers as the table says", arguments: rows)
    func cell(_ row: Row) async throws {
        for (state, expected) in zip([KeyState.enabled, .disabled, .pendingDeletion, .pendingImport], row.codes) {
            let bench = try Bench(versionInterval: 0)
            let code =
                row.codes.count == 3
                ? try await AsymmetricSubject(bench, state, isSigner: row.isSigner).code(of: row.action)
                : try await Subject(bench, state, imports: Self.imports.contains(row.action)).code(of: row.action)
            #expect(code == expected, "\(row.action) on a key that is \(state.rawValue)")
        }
    }

    @Test("the table has a row for every operation that takes a key")
    func completeness() {
        let withoutKey: Set = ["CreateKey", "DescribeRegions", "DescribeAccountKmsStatus", "OpenKmsService"]
        let covered = Set(Self.rows.map { String($0.action.prefix { $0 != " " }) })
        let ofCertificates = Catalogue.kms().names.filter { CertificateStatusTests.operations.contains($0) }
        #expect(covered.union(withoutKey).union(ofCertificates) == Set(Catalogue.kms().names))
    }

    /// A key brought into a state, with an alias, a tag and a ciphertext made before.
    private struct Subject {
        let bench: Bench
        let key: String
        let version: String
        let blob: String
        let otherKey: String
        let otherBlob: String
        let dataKeyBlob: String
        let wrapping: [(key: String, value: String)]

        /// Where the key's material was imported.
        let imported: ImportParameters?

        init(_ bench: Bench, _ state: KeyState, imports: Bool) async throws {
            self.bench = bench
            imported = imports ? try await bench.makeImportedKey() : nil
            key = if let imported { imported.key } else { try await bench.makeKey() }
            otherKey = try await bench.makeKey()
            blob = try await bench.encrypt("text", under: key)
            otherBlob = try await bench.encrypt("text", under: otherKey)
            dataKeyBlob = try await bench.encrypt("aGVsbG8=", under: key)
            let publicKey = try PrivateKey.generate(.ecSM2).publicKey.der
            wrapping = [
                ("PublicKeyBlob", base64(publicKey)), ("WrappingKeySpec", "EC_SM2"), ("WrappingAlgorithm", "SM2PKE"),
            ]
            let metadata = try await bench.metadata(of: key)
            version = try #require(metadata["PrimaryKeyVersion"]?.text)
            try await bench.call("CreateAlias", ["KeyId": key, "AliasName": "alias/subject"])
            try await bench.call("CreateAlias", ["KeyId": otherKey, "AliasName": "alias/other"])
            switch state {
            case .enabled: break
            case .disabled: try await bench.call("DisableKey", ["KeyId": key])
            case .pendingDeletion: try await bench.call("ScheduleKeyDeletion", ["KeyId": key])
            case .pendingImport where imports: try await bench.call("DeleteKeyMaterial", ["KeyId": key])
            case .pendingImport: try await takeMaterial()
            }
            let reached = try await bench.metadata(of: key)["KeyState"]?.text
            #expect(reached == state.rawValue)
        }

        /// Changes the fact in the store: an import would draw an RSA pair for every cell.
        private func takeMaterial() async throws {
            let id = try #require(UUIDBytes(text: key.utf8).map { KeyID($0) })
            let old = try #require(try await bench.store.key(id, in: .example()))
            try await bench.store.apply(Change([.updateKey(from: old, to: old.changed { $0.hasMaterial = false })]))
        }

        func code(of action: String) async -> String? {
            let tag = #"[{"TagKey":"a","TagValue":"b"}]"#
            let resources: KeyValuePairs = ["RegionId": "cn-hangzhou", "ResourceType": "key", "ResourceId.1": key]
            switch action {
            case "GetParametersForImport":
                return await bench.code(
                    action,
                    ["KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_1", "WrappingKeySpec": "RSA_2048"]
                )
            case "ImportKeyMaterial":
                guard let imported, let wrapped = try? imported.wrapped(.material) else { return "not imported" }
                return await bench.importError(wrapped, key: key, token: imported.token)?.code
            case "ListKeys", "ListAliases": return await bench.code(action)
            case "DeleteAlias": return await bench.code(action, ["AliasName": "alias/subject"])
            case "CreateAlias": return await bench.code(action, ["KeyId": key, "AliasName": "alias/new"])
            case "UpdateAlias": return await bench.code(action, ["KeyId": key, "AliasName": "alias/other"])
            case "Encrypt": return await bench.code(action, ["KeyId": key, "Plaintext": "text"])
            case "Decrypt": return await bench.code(action, ["CiphertextBlob": blob])
            case "ReEncrypt from":
                return await bench.code("ReEncrypt", ["CiphertextBlob": blob, "DestinationKeyId": otherKey])
            case "ReEncrypt to":
                return await bench.code("ReEncrypt", ["CiphertextBlob": otherBlob, "DestinationKeyId": key])
            case "UpdateRotationPolicy":
                return await bench.code(action, ["KeyId": key, "EnableAutomaticRotation": "false"])
            case "UpdateKeyDescription": return await bench.code(action, ["KeyId": key, "Description": "new"])
            case "TagResource": return await bench.code(action, ["KeyId": key, "Tags": tag])
            case "UntagResource": return await bench.code(action, ["KeyId": key, "TagKeys": #"["a"]"#])
            case "TagResources":
                return await bench.code(action, merged(resources, ["Tag.1.Key": "a", "Tag.1.Value": "b"]))
            case "UntagResources":
                return await bench.code(action, merged(resources, ["TagKey.1": "a", "All": "false"]))
            case "ExportDataKey":
                return await bench.code(action, wrapping + [(key: "CiphertextBlob", value: dataKeyBlob)])
            case "GenerateAndExportDataKey": return await bench.code(action, wrapping + [(key: "KeyId", value: key)])
            case "ListTagResources": return await bench.code(action, resources)
            case "DescribeKeyVersion": return await bench.code(action, ["KeyId": key, "KeyVersionId": version])
            case "SetDeletionProtection":
                let arn = "acs:kms:cn-hangzhou:1000000000000001:key/\(key)"
                return await bench.code(action, ["ProtectedResourceArn": arn, "EnableDeletionProtection": "true"])
            default: return await bench.code(action, ["KeyId": key])
            }
        }

        private func merged(
            _ left: KeyValuePairs<String, String>,
            _ right: KeyValuePairs<String, String>
        ) -> KeyValuePairs<String, String> {
            [
                left[0].key: left[0].value, left[1].key: left[1].value, left[2].key: left[2].value,
                right[0].key: right[0].value, right[1].key: right[1].value,
            ]
        }
    }

    /// An asymmetric key brought into a state, with a ciphertext and a signature made before.
    private struct AsymmetricSubject {
        let bench: Bench
        let pair: Pair
        let target: String
        let parameters: [(key: String, value: String)]

        init(_ bench: Bench, _ state: KeyState, isSigner: Bool) async throws {
            self.bench = bench
            pair = try await bench.makePair(.ecSM2, isSigner ? .signVerify : .encryptDecrypt)
            target = try await bench.makeKey()
            let result: (key: String, value: String)
            let request: [(key: String, value: String)]
            if isSigner {
                request = [("Algorithm", "SM2DSA"), ("Digest", AsymmetricKeyTests.digest)]
                let answer = try await bench.call("AsymmetricSign", pair.with([:]) + request)
                result = ("Value", try #require(answer["Value"]?.text))
            } else {
                request = [("Algorithm", "SM2PKE"), ("Plaintext", "aGk=")]
                let answer = try await bench.call("AsymmetricEncrypt", pair.with([:]) + request)
                result = ("CiphertextBlob", try #require(answer["CiphertextBlob"]?.text))
            }
            parameters = pair.with([:]) + request + [("Subject", "CN=a,OU=u,O=o,C=CN"), result]
            switch state {
            case .enabled, .pendingImport: break
            case .disabled: try await bench.call("DisableKey", ["KeyId": pair.key])
            case .pendingDeletion: try await bench.call("ScheduleKeyDeletion", ["KeyId": pair.key])
            }
        }

        func code(of action: String) async throws -> String? {
            guard action == "ReEncrypt asymmetric" else { return await bench.code(action, parameters) }
            let blob = try #require(parameters.last?.value)
            return await bench.code(
                "ReEncrypt",
                [
                    "CiphertextBlob": blob, "SourceKeyId": pair.key, "SourceKeyVersionId": pair.version,
                    "SourceEncryptionAlgorithm": "SM2PKE", "DestinationKeyId": target,
                ]
            )
        }
    }
}
