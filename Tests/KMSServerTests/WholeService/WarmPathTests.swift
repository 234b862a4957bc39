import KMSCore
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct WarmPathTests {
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
}
