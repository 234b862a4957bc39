/// The texts of `--help`.
enum HelpText {
    static let general = """
        PRODUCTS
          kms   Key Management Service, \(Product.kms.version)
          ram   Resource Access Management, \(Product.ram.version)
          sts   Security Token Service, \(Product.sts.version)
          'keyhold kms --help' lists the operations. Others are sent all the same.

        PARAMETERS
          Begin with a capital and are written as in the API's reference:
          --KeyId ID or --KeyId=ID. A value may be empty or begin with '-'; one that
          looks like an option is joined by '='. Elements of lists are numbered:
          --ResourceId.1 A --ResourceId.2 B.

        OPTIONS, anywhere on the line
          --profile NAME          use this profile; it then outranks the environment
          --endpoint HOST:PORT    http:// or https:// before it chooses; without,
                                  plain HTTP on loopback and TLS elsewhere
          --ca FILE               trust this certificate authority (PEM) and no
                                  other; chooses TLS
          --insecure              allow plain HTTP to other machines
          --region REGION         sent as RegionId
          --access-key-id ID, --access-key-secret SECRET, --sts-token TOKEN
                                  better kept in the environment or in a profile:
                                  others on the machine can see a command line
          --config-path FILE      read this configuration file and no other
          --output json|text      indented JSON (default), or a line for each value
          --connect-timeout S, --read-timeout S
                                  in seconds; 5 and 30 by default
          --version VERSION       with an operation: another version of the API
          --dryrun                print the signed request instead of sending it
          --force, --language L   accepted for the aliyun CLI's sake, no effect

          Nothing is ever sent twice.

        SETTINGS
          Taken from the flags, then the environment, then the current profile. An
          access key always comes whole from one of them. The server's dev.env sets
            KEYHOLD_ENDPOINT, KEYHOLD_TLS_ENDPOINT, KEYHOLD_CA, KEYHOLD_REGION,
            KEYHOLD_ACCESS_KEY_ID, KEYHOLD_ACCESS_KEY_SECRET;
          KEYHOLD_SECURITY_TOKEN and KEYHOLD_PROFILE are known as well, and then
            ALIBABA_CLOUD_ENDPOINT, ALIBABA_CLOUD_REGION_ID,
            ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET,
            ALIBABA_CLOUD_SECURITY_TOKEN, ALIBABA_CLOUD_PROFILE.
          Profiles are read from ~/.keyhold/config.json, which 'keyhold configure'
          writes, and then from ~/.aliyun/config.json.

        EXIT STATUS
          0  done
          1  the service answered an error; its Code, Message, RequestId and
             Recommend are on the standard error; or an audit trail was tampered with
          2  the command line or the settings are wrong; nothing was sent
          3  the server cannot be reached, or is not trusted
        """

    /// The help of a product, or of one of its operations.
    static func product(_ product: Product, operation: String?) -> String {
        if let operation { return help(of: operation, in: product) }
        var text = """
            \(product.title), version \(product.version)

            USAGE: keyhold \(product.rawValue) <Operation> [--Parameter value] [option ...]

            """
        for group in product.operations {
            text += "\n\(group.group.uppercased())\n"
            for name in group.names { text += "  \(name)\n" }
        }
        return text + "\n'keyhold --help' explains parameters, options, settings and exit status.\n"
    }

    private static func help(of operation: String, in product: Product) -> String {
        let usage = "USAGE: keyhold \(product.rawValue) \(operation) [--Parameter value] [option ...]\n"
        if product.operationNames.contains(operation) {
            return usage
                + "\nThe operation's parameters are those of the API's reference, version \(product.version).\n"
        }
        let hint = Suggestion.nearest(to: operation, among: product.operationNames).map { " Did you mean \($0)?" } ?? ""
        return usage + "\nkeyhold does not know this operation, but sends it all the same.\(hint)\n"
    }
}
