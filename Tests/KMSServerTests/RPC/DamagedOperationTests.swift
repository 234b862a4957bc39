import FoundationEssentials
import KMSCore
import KMSCrypto
import Testing

@testable import KMSServer

/// Damaged requests to every real operation, with a key behind them that is found.
@Suite(.timeLimit(.minutes(10))) struct DamagedOperationTests {
    /// What the operations take; several values of one name, of which a request has each or not.
    private static let parameters =
        [
            "KeyId=\(OneKeyStore.keyID)", "KeyId=alias%2Fa",
            "KeyId=acs:kms:cn-hangzhou:1234567890:key%2F\(OneKeyStore.keyID)",
            "DestinationKeyId=\(OneKeyStore.keyID)", "AliasName=alias%2Fa", "AliasName=alias%2Fnew", "Plaintext=aGk%3D",
            "CiphertextBlob=AQEAAAAAAAAAAAAAAAAAAAALAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGhp",
            "EncryptionContext=%7B%22a%22%3A%22b%22%7D", "EncryptionContext=", "EncryptionContext.a=b",
            "SourceEncryptionContext=%7B%7D", "DestinationEncryptionContext=%7B%22a%22:%22%22%7D", "KeySpec=AES_256",
            "KeySpec=Aliyun_AES_256", "NumberOfBytes=32", "Description=text", "Origin=EXTERNAL", "ProtectionLevel=HSM",
            "KeyUsage=ENCRYPT%2FDECRYPT", "PendingWindowInDays=7", "EnableAutomaticRotation=true",
            "RotationInterval=7d",
            "RotationInterval=604800s", "KeyVersionId=00000000-0000-0000-0000-00000000000b", "PageNumber=1",
            "PageSize=10",
            "Filters=%5B%7B%22Key%22%3A%22KeyState%22%2C%22Values%22%3A%5B%22Enabled%22%5D%7D%5D",
            "Tags=%5B%7B%22TagKey%22%3A%22k%22%2C%22TagValue%22%3A%22v%22%7D%5D", "TagKeys=%5B%22k%22%5D",
            "ResourceType=key", "RegionId=cn-hangzhou", "ResourceId.1=\(OneKeyStore.keyID)", "Tag.1.Key=k",
            "Tag.1.Value=v", "TagKey.1=k", "All=true", "NextToken=x", "EnableDeletionProtection=true",
            "ProtectedResourceArn=acs:kms:cn-hangzhou:1234567890:key%2F\(OneKeyStore.keyID)",
            "DeletionProtectionDescription=d", "DKMSInstanceId=", "Recipient=", "Policy=", "DryRun=true",
            "WrappingAlgorithm=RSAES_OAEP_SHA_1", "WrappingKeySpec=RSA_2048", "EncryptedKeyMaterial=AAAA",
            "ImportToken=AAAA", "KeyMaterialExpireUnix=0",
        ] + asymmetric

    private static let asymmetric =
        [
            "KeySpec=RSA_2048", "KeySpec=EC_P256", "KeyUsage=SIGN%2FVERIFY", "Algorithm=ECDSA_SHA_256",
            "Algorithm=RSAES_OAEP_SHA_256", "Digest=\(String(repeating: "A", count: 43))%3D", "Value=aGk%3D",
            "WrappingKeySpec=EC_SM2", "WrappingKeySpec=RSA_2048", "WrappingAlgorithm=SM2PKE",
            "WrappingAlgorithm=RSAES_OAEP_SHA_1", "SourceKeyId=\(OneKeyStore.keyID)",
            "SourceKeyVersionId=00000000-0000-0000-0000-00000000000b", "SourceEncryptionAlgorithm=SM2PKE",
        ] + publicKeys

    private static let publicKeys = [KeySpec.ecSM2, .rsa2048].compactMap { spec in
        (try? PrivateKey.generate(spec)).map { pair in
            let text = Data(pair.publicKey.der).base64EncodedString()
            return "PublicKeyBlob="
                + text.replacing("+", with: "%2B").replacing("/", with: "%2F").replacing("=", with: "%3D")
        }
    }

    @Test("no damage to a request of a real operation ends in 5xx, or without an answer")
    func realOperations() async throws {
        let namespace = Namespace(
            account: try requireValue(AccountID("1234567890")),
            region: try requireValue(RegionID("cn-hangzhou"))
        )
        let catalogue = Catalogue.kms()
        let bench = Bench(
            catalogue: catalogue,
            store: try OneKeyStore(in: namespace),
            vault: OpenVault(),
            keeps: false
        )
        var requests = MalformedRequests(seed: 1, actions: catalogue.names, parameters: Self.parameters)
        var successes = 0
        for number in 0..<15_000 {
            if number % 100 == 0 { await Task.yield() }
            let request = requests.next()
            let connection = try bench.connection()
            try connection.send(request)
            connection.endInput()
            let answers = try connection.answers()
            let isBlank = request.allSatisfy { $0 == 0x0D || $0 == 0x0A }
            guard isBlank || !answers.isEmpty, answers.allSatisfy({ $0.status < 500 }) else {
                let shown = String(decoding: request, as: UTF8.self).debugDescription
                Issue.record("\(answers.map(\.status)) \(answers.map(\.text)) to request \(number): \(shown)")
                return
            }
            successes += answers.count { $0.status == 200 }
        }
        // Some damage does no harm: the operations themselves are reached.
        #expect(successes > 50)
    }
}
