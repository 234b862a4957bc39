import KMSCore
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(10))) struct WarmPathTests {
    @Test(
        "a warm Encrypt, Decrypt and GenerateDataKey ask no database and never suspend",
        arguments: SigningClient.Scheme.allCases
    )
    func warm(scheme: SigningClient.Scheme) async throws {
        let counter = EnqueueCounter()
        let counting: @Sendable (any EventLoop) -> any TaskExecutor = { CountingExecutor($0, counter) }
        try await withWholeService(try DataFolder(), executor: counting) { service, client in
            let client = client.with(scheme)
            let key = try await client.createKey()
            _ = try await client.call("CreateAlias", ["KeyId": key, "AliasName": "alias/warm"])
            @Sendable func round() async throws {
                let context = #"{"purpose":"warm"}"#
                for name in [key, "alias/warm", "acs:kms:cn-hangzhou:\(User.alice.account):key/\(key)"] {
                    let blob = try await client.text(
                        "CiphertextBlob",
                        of: "Encrypt",
                        ["KeyId": name, "Plaintext": "aGVsbG8=", "EncryptionContext": context]
                    )
                    let opened = try await client.text(
                        "Plaintext",
                        of: "Decrypt",
                        ["CiphertextBlob": blob, "EncryptionContext": context]
                    )
                    #expect(opened == "aGVsbG8=")
                    _ = try await client.text("Plaintext", of: "GenerateDataKey", ["KeyId": name])
                }
            }
            try await round()
            let (accesses, enqueues) = (service.counting.accesses, counter.value)
            // The database and the executor were used until all was warm: the counts count.
            #expect(accesses > 0 && enqueues > 0)
            for _ in 0..<5 { try await round() }
            #expect(service.counting.accesses == accesses)
            #expect(counter.value == enqueues)
        }
    }

    @Test(
        "a warm request of a user with policies, or of a session, asks no database and never suspends",
        arguments: SigningClient.Scheme.allCases
    )
    func warmPrincipals(scheme: SigningClient.Scheme) async throws {
        let counter = EnqueueCounter()
        let counting: @Sendable (any EventLoop) -> any TaskExecutor = { CountingExecutor($0, counter) }
        try await withWholeService(try DataFolder(), executor: counting) { service, client in
            let client = client.with(scheme)
            let key = try await client.createKey()
            let people = try await People.make(in: service)
            let narrow = #"{"Version":"1","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#
            let callers = [
                people.user, try await people.session(client),
                try await people.session(client, ["Policy": narrow, "RoleSessionName": "narrow"]),
            ]
            @Sendable func round() async throws {
                for caller in callers {
                    let blob = try await client.with(caller).text(
                        "CiphertextBlob",
                        of: "Encrypt",
                        ["KeyId": key, "Plaintext": "aGVsbG8="]
                    )
                    let opened = try await client.with(caller).text(
                        "Plaintext",
                        of: "Decrypt",
                        ["CiphertextBlob": blob]
                    )
                    #expect(opened == "aGVsbG8=")
                }
            }
            try await round()
            let (accesses, enqueues) = (service.counting.accesses, counter.value)
            #expect(accesses > 0 && enqueues > 0)
            for _ in 0..<5 { try await round() }
            #expect(service.counting.accesses == accesses)
            #expect(counter.value == enqueues)
        }
    }

    @Test("warm operations on asymmetric keys ask no database")
    func warmAsymmetric() async throws {
        try await withWholeService(try DataFolder()) { service, client in
            let signer = try await client.createKey(["KeySpec": "EC_P256"])
            let opener = try await client.createKey(["KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT/DECRYPT"])
            func pair(_ key: String) async throws -> [(String, String)] {
                let listing = try await client.call("ListKeyVersions", ["KeyId": key]).json()
                guard case .array(let versions)? = listing["KeyVersions"]?["KeyVersion"],
                    let version = versions.first?["KeyVersionId"]?.string
                else { throw SigningClient.Refused(answer: key) }
                return [("KeyId", key), ("KeyVersionId", version)]
            }
            let signing = try await pair(signer) + [("Algorithm", "ECDSA_SHA_256"), ("Digest", Self.digest)]
            let opening = try await pair(opener) + [("Algorithm", "RSAES_OAEP_SHA_256")]
            func value(_ member: String, _ action: String, _ pairs: [(String, String)]) async throws -> String {
                let answer = try await client.call(action, pairs: pairs)
                guard let text = try answer.json()[member]?.string else {
                    throw SigningClient.Refused(answer: answer.text)
                }
                return text
            }
            func round() async throws {
                let signature = try await value("Value", "AsymmetricSign", signing)
                let verified = try await client.call("AsymmetricVerify", pairs: signing + [("Value", signature)])
                #expect(try verified.json()["Value"] == .boolean(true))
                let blob = try await value("CiphertextBlob", "AsymmetricEncrypt", opening + [("Plaintext", "aGk=")])
                let opened = try await value("Plaintext", "AsymmetricDecrypt", opening + [("CiphertextBlob", blob)])
                #expect(opened == "aGk=")
                #expect(try await value("PublicKey", "GetPublicKey", Array(signing.prefix(2))).contains("PUBLIC KEY"))
            }
            try await round()
            let accesses = service.counting.accesses
            #expect(accesses > 0)
            for _ in 0..<5 { try await round() }
            #expect(service.counting.accesses == accesses)
        }
    }

    private static let digest = String(repeating: "A", count: 43) + "="
}
