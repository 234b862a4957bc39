/// Makes malformed requests: well-formed ones of every form that clients use, damaged at random places.
struct MalformedRequests {
    private var generator: SplitMix
    private let actions: [String]
    private let parameters: [String]

    /// - Parameter parameters: what requests are made of, ready for the wire; each comes in half of them.
    init(seed: UInt64, actions: [String] = ["Refuse"], parameters: [String] = Self.parametersOfRefuse) {
        generator = SplitMix(seed: seed)
        self.actions = actions
        self.parameters = parameters
    }

    private static let parametersOfRefuse = [
        "KeyId=alias%2Fa", "EncryptionContext=%7B%22a%22%3A%22b+c%22%2C%22%C3%A9%22%3A%22%22%7D", "Number=5",
        "Flag=True",
        "ResourceId.1=x", "Tag.1.Key=k", "Tag.1.Value=v", "Plaintext=aGk%2B", "CiphertextBlob=AAECAwQF",
        "Filters=%5B%7B%22Key%22%3A%22KeyState%22%2C%22Values%22%3A%5B%22Enabled%22%5D%7D%5D", "PageNumber=1",
        "PageSize=10", "SignatureType=", "Format=JSON", "RegionId=cn-hangzhou", "DryRun=false",
    ]

    /// What tends to upset parsers.
    private static let pieces: [[UInt8]] =
        [
            "null", "[null]", "{\"a\":null}", "%", "%0", "%zz", "%00", "%ff%fe", "\u{0}", "\r\n", "\n", "\r\n\r\n", "&",
            "=",
            "&&", "=&=", "?", "#", " ", "\t", ":", "{", "}", "[", "\"", "\\u0041", "\\ud800", "+", "é", "𝄞", "\u{FEFF}",
            "-1", "99999999999999999999", "1e9", "NaN", "true", "HTTP/1.1", "Host: b\r\n", "Content-Length: 7\r\n",
            "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Connection: close\r\n", "Upgrade: h2c\r\n",
            "Authorization: ACS3-HMAC-SHA256 Credential=\r\n", "x-acs-action: Refuse\r\n", "&KeyId=b", "&DryRun=null",
            "&Format=null", "&Action=null", "&Version=null", "0\r\n\r\n", "ffffffffffffffff\r\n", "../..", "GET",
            "PUT ",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [UInt8](repeating: 0x41, count: 5_000)]

    mutating func next() -> [UInt8] {
        var bytes = wellFormed()
        for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(&bytes) }
        return bytes
    }

    private mutating func wellFormed() -> [UInt8] {
        var names: Set<Substring> = []
        let own = parameters.shuffled(using: &generator).filter { parameter in
            Bool.random(using: &generator) && names.insert(parameter.prefix { $0 != "=" }).inserted
        }.joined(separator: "&")
        let action = actions.randomElement(using: &generator) ?? ""
        let common = "Action=\(action)&Version=2016-01-20&AccessKeyId=AK&Signature=x"
        let head = "Host: 127.0.0.1:8080\r\nUser-Agent: AlibabaCloud\r\nAccept: */*\r\n"
        let form = "Content-Type: application/x-www-form-urlencoded\r\n"
        let text =
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: "GET /?\(common)&\(own) HTTP/1.1\r\n\(head)\r\n"
            case 1: "POST /?\(own)&\(common) HTTP/1.1\r\n\(head)Content-Length: 0\r\n\r\n"
            case 2: "POST /?\(common) HTTP/1.1\r\n\(head)\(form)Content-Length: \(own.utf8.count)\r\n\r\n\(own)"
            case 3:
                "POST /?\(common) HTTP/1.1\r\n\(head)\(form)Transfer-Encoding: chunked\r\n\r\n"
                    + "\(String(own.utf8.count, radix: 16))\r\n\(own)\r\n0\r\n\r\n"
            default:
                "POST /?\(own) HTTP/1.1\r\n\(head)x-acs-action: \(action)\r\nx-acs-version: 2016-01-20\r\n"
                    + "Authorization: ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host,Signature=00\r\n\r\n"
            }
        return Array(text.utf8)
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else {
            return bytes.append(contentsOf: Self.pieces.randomElement(using: &generator) ?? [])
        }
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, position + Int.random(in: 1...20, using: &generator))
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.removeSubrange(position..<end)
        case 3: bytes.insert(contentsOf: Array(bytes[position..<end]), at: position)
        case 4: bytes.removeSubrange(position...)
        case 5: bytes.replaceSubrange(position..<end, with: Self.pieces.randomElement(using: &generator) ?? [])
        default: bytes.insert(contentsOf: Self.pieces.randomElement(using: &generator) ?? [], at: position)
        }
    }
}
