internal import FoundationEssentials
internal import SystemPackage

/// What `dev` tells its users: `dev.env` for programs, and settings to paste for people.
struct DevEnvironment {
    var endpoint: String?
    var tlsEndpoint: String?
    /// The ports that stand for a region.
    var regionEndpoints: [(region: String, address: String)] = []
    let authority: FilePath
    let accessKeyID: String
    let accessKeySecret: String
    let accountID: String
    let region: String

    /// The file's text: assignments that a shell can source.
    var file: String {
        let values: KeyValuePairs<String, String?> = [
            "KEYHOLD_ENDPOINT": endpoint, "KEYHOLD_TLS_ENDPOINT": tlsEndpoint, "KEYHOLD_CA": "\(authority)",
            "KEYHOLD_ACCESS_KEY_ID": accessKeyID, "KEYHOLD_ACCESS_KEY_SECRET": accessKeySecret,
            "KEYHOLD_ACCOUNT_ID": accountID, "KEYHOLD_REGION": region,
        ]
        let named = values.compactMap { name, value in value.map { (name, $0) } }
        let regions = regionEndpoints.map { (Self.variable(of: $0.region), $0.address) }
        return (named + regions).map { name, value in "\(name)=\(Self.quoted(value))\n" }.joined()
    }

    /// The variable with the endpoint of a region's own port, such as `KEYHOLD_ENDPOINT_CN_BEIJING`.
    private static func variable(of region: String) -> String {
        "KEYHOLD_ENDPOINT_" + String(region.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// A word of the shell, whatever it holds.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { character in
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/._-:[]@%+=".utf8.contains(character)
            }
        }
        return isPlain
            ? text
            : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    /// The access key that an earlier run wrote to the file, so that a restart keeps it.
    static func accessKey(in text: String) -> (id: String, secret: String)? {
        func value(_ name: String) -> String? {
            text.split(separator: "\n").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        guard let id = value("KEYHOLD_ACCESS_KEY_ID"), let secret = value("KEYHOLD_ACCESS_KEY_SECRET"),
            !id.hasPrefix("'"), !secret.hasPrefix("'")
        else { return nil }
        return (id, secret)
    }

    /// The folder of this program, where the command line lies as well.
    private static var binaries: String {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "."
        return "\(FilePath(program).removingLastComponent())"
    }

    private var regionLines: String {
        regionEndpoints.map { "\n  http     \($0.address)    (region \($0.region))" }.joined()
    }

    /// What stands on the terminal. The secret is shown to a person only, and is in the file in any case.
    func greeting(file: FilePath, isTerminal: Bool) -> String {
        """

        Keyhold is ready. Account \(accountID), region \(region).

          http     \(endpoint ?? "-")
          https    \(tlsEndpoint ?? "-")    (trust \(authority))\(regionLines)
          key id   \(accessKeyID)
          secret   \(isTerminal ? accessKeySecret : "in \(file)")

        In another shell, your first key and your first ciphertext:

          set -a; . \(file); set +a
          export PATH="\(Self.binaries):$PATH"
          keyhold kms CreateKey
          keyhold kms CreateAlias --AliasName alias/first --KeyId <the KeyId above>
          keyhold kms Encrypt --KeyId alias/first --Plaintext "hello"

        The aliyun command line, with its endpoint changed (https, since that is all its older versions speak):

          export SSL_CERT_FILE=\(authority) ALIBABA_CLOUD_ENDPOINT=\(tlsEndpoint ?? "")
          aliyun configure set --profile keyhold --mode AK --region \(region) --access-key-id "$KEYHOLD_ACCESS_KEY_ID" --access-key-secret "$KEYHOLD_ACCESS_KEY_SECRET"
          aliyun --profile keyhold kms ListKeys --endpoint \(tlsEndpoint ?? "")

        Python, alibabacloud-kms20160120:

          Config(endpoint="\(endpoint ?? "")", protocol="http", region_id="\(region)", access_key_id=…, access_key_secret=…)

        Python, aliyun-python-sdk-kms:

          request.set_endpoint("\(endpoint ?? "")"); request.set_protocol_type("http")

        Terraform, in the provider block:

          endpoints { kms = "\(tlsEndpoint ?? "")" }

        """
    }
}
