import KMSCore
import Testing

@Suite("Subjects by RFC 2253")
struct DistinguishedNameTests {
    /// Reads a name whose encoded values are text behind two bytes.
    private func read(_ text: String) throws -> DistinguishedName {
        try DistinguishedName(reading: text) { der in
            der.first == 0x0C ? String(validating: der.dropFirst(2), as: UTF8.self) : nil
        }
    }

    /// The name in the order of its encoding, relative names separated by |, attributes by +.
    private func shown(_ text: String) throws -> String {
        try read(text).relativeNames
            .map { name in name.map { "\($0.type.rawValue)=\($0.value)" }.joined(separator: "+") }
            .joined(separator: "|")
    }

    private static let rest = "OU=u,O=o,C=CN"

    @Test(
        "good names are read in the order in which they are encoded",
        arguments: [
            ("CN=a,OU=u,O=o,C=CN", "C=CN|O=o|OU=u|CN=a"),
            ("C=CN,O=o,OU=u,CN=a", "CN=a|OU=u|O=o|C=CN"),
            ("CN=a,OU=u,O=o,L=l,ST=s,C=CN", "C=CN|ST=s|L=l|O=o|OU=u|CN=a"),
            ("CN=a+OU=u,O=o,C=CN", "C=CN|O=o|CN=a+OU=u"),
            ("OU=u+CN=a+O=o+C=CN", "OU=u+CN=a+O=o+C=CN"),
            ("CN=a,OU=u,OU=v,O=o,C=CN", "C=CN|O=o|OU=v|OU=u|CN=a"),
            (" CN = a ; OU = u , O=o+ C = cn ", "O=o+C=cn|OU=u|CN=a"),
            (##"CN=a\, b\+c\"d\\e\<f\>g\;h\=i\#j,"## + rest, #"C=CN|O=o|OU=u|CN=a, b+c"d\e<f>g;h=i#j"#),
            (#"CN=\ a\ ,"# + rest, "C=CN|O=o|OU=u|CN= a "),
            (#"CN=a  b ,"# + rest, "C=CN|O=o|OU=u|CN=a  b"),
            (#"CN=\C3\bc\65,"# + rest, "C=CN|O=o|OU=u|CN=üe"),
            (#"CN=Lu\C4\8Di\C4\87,"# + rest, "C=CN|O=o|OU=u|CN=Lučić"),
            (#"CN="a, b=c; <d> #e + \"f\" \\",OU=u,O=o,C=CN"#, #"C=CN|O=o|OU=u|CN=a, b=c; <d> #e + "f" \"#),
            (#"CN=" a " ,OU=u,O=o,C=CN"#, "C=CN|O=o|OU=u|CN= a "),
            ("CN=#0c0141,OU=u,O=o,C=CN", "C=CN|O=o|OU=u|CN=A"),
            ("CN=#0C03e69dad , OU=u,O=o,C=CN", "C=CN|O=o|OU=u|CN=杭"),
            ("cn=a,ou=u,o=o,c=CN", "C=CN|O=o|OU=u|CN=a"),
            ("2.5.4.3=a,OID.2.5.4.11=u,oid.2.5.4.10=o,2.5.4.6=CN,2.5.4.7=l,2.5.4.8=s", "ST=s|L=l|C=CN|O=o|OU=u|CN=a"),
            ("CN=阿里云,OU=部门,O=公司,C=CN", "C=CN|O=公司|OU=部门|CN=阿里云"),
            (
                "CN=" + String(repeating: "日", count: 64) + "," + rest,
                "C=CN|O=o|OU=u|CN=" + String(repeating: "日", count: 64)
            ),
        ] as [(String, String)]
    )
    func good(_ text: String, _ expected: String) throws {
        #expect(try shown(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test(
        "bad names are refused with a word on what is right",
        arguments: [
            ("", "type"), (",", "type"), ("CN", "no ="), ("CN=", "CN has 1 to 64"), ("CN=a", "C is missing"),
            ("OU=u,O=o,C=CN", "CN is missing"), ("CN=a,O=o,C=CN", "OU is missing"), ("CN=a,OU=u,C=CN", "O is missing"),
            ("CN=a,OU=u,O=o,C=CN,", "type"), (",CN=a,OU=u,O=o,C=CN", "type"), ("CN=a,,OU=u,O=o,C=CN", "type"),
            ("CN=a+,OU=u,O=o,C=CN", "type"), ("+CN=a,OU=u,O=o,C=CN", "type"),
            ("CN=a,CN=b,OU=u,O=o,C=CN", "CN is given twice"), ("CN=a,OU=u,O=o+O=p,C=CN", "O is given twice"),
            ("CN=a,OU=u,O=o,C=CHN", "two letters"), ("CN=a,OU=u,O=o,C=C", "two letters"),
            ("CN=a,OU=u,O=o,C=12", "two letters"), ("CN=a,OU=u,O=o,C=ÄÖ", "two letters"),
            ("CN=a,OU=u,O=o,C=C\u{301}", "two letters"),
            ("CN=a,OU=u,O=o,C=CN,emailAddress=x", "Its attributes are CN, C, O, OU, ST, L"),
            ("CN=a,OU=u,O=o,C=CN,DC=x", "Its attributes"), ("CN=a,OU=u,O=o,C=CN,2.5.4.5=x", "Its attributes"),
            ("/C=CN/O=o/OU=u/CN=a", "type"), ("CN=a O=o,OU=u,C=CN", "backslash"), ("CN=a<b,OU=u,O=o,C=CN", "backslash"),
            ("CN=a#b,OU=u,O=o,C=CN", "backslash"), (#"CN=a"b",OU=u,O=o,C=CN"#, "backslash"),
            (#"CN=a\,OU=u,O=o,C=CN"#, "backslash"), (#"CN=a\"#, "unfinished escape"),
            (#"CN=a\g,O=o"#, "unknown escape"),
            (#"CN=a\4,O=o"#, "unknown escape"), (#"CN=\FF,OU=u,O=o,C=CN"#, "not UTF-8"),
            (#"CN=\ED\A0\80,OU=u,O=o,C=CN"#, "not UTF-8"), (#"CN=a\00b,OU=u,O=o,C=CN"#, "control character"),
            ("CN=a\nb,OU=u,O=o,C=CN", "control character"), (#"CN="a,OU=u"#, "open quotation"),
            (#"CN="a" b,OU=u,O=o,C=CN"#, "no comma"), (#"CN="",OU=u,O=o,C=CN"#, "CN has 1 to 64"),
            ("CN=#,OU=u,O=o,C=CN", "hexadecimal"), ("CN=#0,OU=u,O=o,C=CN", "hexadecimal"),
            ("CN=#0c0,OU=u,O=o,C=CN", "no comma"), ("CN=#020101,OU=u,O=o,C=CN", "DER of a string"),
            ("CN=#0c00,OU=u,O=o,C=CN", "CN has 1 to 64"), ("CN=#0c0100,OU=u,O=o,C=CN", "control character"),
            ("CN=" + String(repeating: "x", count: 65) + ",OU=u,O=o,C=CN", "CN has 1 to 64"),
            ("CN=a,OU=u,O=o,C=CN,L=" + String(repeating: "x", count: 129), "L has 1 to 128"),
            ("ＣＮ=a,OU=u,O=o,C=CN", "type"), ("CN＝a", "no ="),
        ] as [(String, String)]
    )
    func bad(_ text: String, _ word: String) {
        let failure = #expect(throws: DistinguishedName.Failure.self) { _ = try read(text) }
        #expect(failure?.explanation.contains(word) == true, "\(failure?.explanation ?? "")")
    }

    @Test("whatever is read keeps the rules")
    func fuzz() {
        let pieces = [
            "CN", "OU", "O", "C", "L", "=", "=", ",", ";", "+", "\\", "\"", "#", " ", "a", "CN=a", "OU=u", "O=o",
            "C=CN",
            "\\41", "#0c0141", "ü", "\u{0}", "<", "2.5.4.3", ",OU=u,O=o,C=CN",
        ]
        var generator = SystemRandomNumberGenerator()
        var good = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...12, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            guard let name = try? read(text) else { continue }
            good += 1
            let attributes = name.relativeNames.joined()
            #expect(attributes.allSatisfy { (1...128).contains($0.value.unicodeScalars.count) })
            #expect(name.relativeNames.allSatisfy { !$0.isEmpty })
            for type in [DistinguishedName.AttributeType.commonName, .country, .organization] {
                #expect(attributes.count { $0.type == type } == 1)
            }
        }
        #expect(good > 0)
    }
}
