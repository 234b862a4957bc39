import FoundationEssentials
import KMSCore
import NIOCore
import Testing

@testable import KMSServer

@Suite struct FieldWriterTests {
    private static let texts = [
        "", "plain", "quote \" backslash \\ slash /", "\u{0}\u{1}\u{8}\u{9}\u{A}\u{B}\u{C}\u{D}\u{1F}\u{7F}",
        "日本語 é e\u{301} 𝄞 \u{2028}\u{FFFE}\u{FFFF}", "<a href='x'>&amp;]]></a>", "\\u0041", "\r\n\t",
    ]

    private func json(_ text: String) -> ByteBuffer {
        AnswerFormat.json.body(Echo.Answer(text: text, number: -3), of: "Echo", UUIDBytes(high: 1, low: 2))
    }

    private func xml(_ text: String) -> String {
        String(
            buffer: AnswerFormat.xml.body(Echo.Answer(text: text, number: 0), of: "Echo", UUIDBytes(high: 1, low: 2))
        )
    }

    @Test("every text comes back from JSON as it was, in text, secret, list and base64", arguments: texts)
    func roundTrip(_ text: String) throws {
        let body = json(text)
        let value = try JSONDecoder().decode(JSON.self, from: Data(body.readableBytesView))
        #expect(value["Text"]?.string?.utf8.elementsEqual(text.utf8) == true)
        #expect(value["Secret"]?.string?.utf8.elementsEqual(text.utf8) == true)
        #expect(value["Bytes"] == .text(Data(text.utf8).base64EncodedString()))
        #expect(value["Number"] == .number(-3))
        #expect(value["IsZero"] == .boolean(false))
        #expect(value["Nested"] == .object(["Inner": .text("x"), "Empty": .object([:])]))
        guard case .array(let keys) = value["Keys"]?["Key"] else { return #expect(Bool(false)) }
        #expect(keys.count == 2)
        #expect(keys[1] == .object(["KeyId": .text("second"), "At": .text("1970-01-01T00:00:00Z")]))
        #expect(value["None"] == .object(["Nothing": .array([])]))
        #expect(value["RequestId"] == .text("00000000-0000-0001-0000-000000000002"))
    }

    /// Texts in a list and by name.
    private struct Labels: Response {
        let values: [String]
        let pairs: [(key: String, value: String)]

        func write(to fields: inout some FieldWriter) {
            fields.texts("Names", of: "Name", values)
            fields.map("Tags", of: "Tag", pairs)
            fields.number("Number", 1)
        }
    }

    @Test("lists of texts and texts by name come back from JSON as they were", arguments: texts)
    func labels(_ text: String) throws {
        let labels = Labels(values: [text, "second"], pairs: [("a:/=", text), ("b\"", "")])
        let body = AnswerFormat.json.body(labels, of: "Echo", UUIDBytes(high: 1, low: 2))
        let value = try JSONDecoder().decode(JSON.self, from: Data(body.readableBytesView))
        #expect(value["Names"] == .array([.text(text), .text("second")]))
        #expect(value["Tags"] == .object(["a:/=": .text(text), "b\"": .text("")]))
        #expect(value["Number"] == .number(1))
    }

    @Test("without elements they are empty, and in XML every name is an element's text")
    func emptyLabels() {
        func body(_ format: AnswerFormat, _ labels: Labels) -> String {
            String(buffer: format.body(labels, of: "Echo", UUIDBytes(high: 1, low: 2)))
        }
        let empty = Labels(values: [], pairs: [])
        #expect(body(.json, empty).hasPrefix(#"{"Names":[],"Tags":{},"Number":1,"#))
        #expect(body(.xml, empty).contains("<Names></Names><Tags></Tags><Number>1</Number>"))
        let some = Labels(values: ["a&b", "c"], pairs: [("x:/=<", "1"), ("y", "")])
        #expect(
            body(.xml, some).contains(
                "<Names><Name>a&amp;b</Name><Name>c</Name></Names><Tags><Tag><Key>x:/=&lt;</Key><Value>1</Value></Tag>"
                    + "<Tag><Key>y</Key><Value></Value></Tag></Tags>"
            )
        )
    }

    @Test("JSON leaves as raw UTF-8: no escape but of control characters without a short form")
    func rawUTF8() {
        let text = String(buffer: json("é日𝄞/\u{8}\u{C}\u{1}"))
        #expect(text.contains(#""Text":"é日𝄞/\b\f\u0001""#))
    }

    @Test("random texts come back from JSON")
    func randomTexts() throws {
        var generator = SplitMix(seed: 5)
        for _ in 0..<500 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<40, using: &generator) {
                let scalar = UInt32.random(
                    in: 0..<(Bool.random(using: &generator) ? 0x100 : 0x11_0000),
                    using: &generator
                )
                if let scalar = Unicode.Scalar(scalar) { text.unicodeScalars.append(scalar) }
            }
            let value = try JSONDecoder().decode(JSON.self, from: Data(json(text).readableBytesView))
            #expect(value["Text"]?.string?.utf8.elementsEqual(text.utf8) == true)
        }
    }

    @Test("XML has the operation's root, wrapped lists and escaped text")
    func xmlShape() {
        let text = xml("a<b>&\"c\"\r")
        #expect(
            text.hasPrefix(#"<?xml version="1.0" encoding="UTF-8"?><EchoResponse><Text>a&lt;b&gt;&amp;"c"&#13;</Text>"#)
        )
        #expect(text.contains("<IsZero>true</IsZero>"))
        #expect(text.contains("<Keys><Key><KeyId>a&lt;"))
        #expect(text.contains("<Key><KeyId>second</KeyId><At>1970-01-01T00:00:00Z</At></Key></Keys><None></None>"))
        #expect(text.hasSuffix("<RequestId>00000000-0000-0001-0000-000000000002</RequestId></EchoResponse>"))
    }

    @Test("what XML cannot carry becomes the replacement character")
    func xmlControls() {
        let text = xml("a\u{0}b\u{1F}c\u{FFFE}d\u{FFFF}e\u{FFFD}f\u{FEFF}\tg\n")
        #expect(text.contains("<Text>a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}f\u{FEFF}\tg\n</Text>"))
    }

    @Test("an error has the five strings and a number, in both formats")
    func errors() throws {
        let error = KMSError.invalid("KeyId", "Use \"that\" <one>.")
        let body = AnswerFormat.json.body(error, UUIDBytes(high: 0, low: 1), hostID: "kms.test:1")
        let value = try JSONDecoder().decode(JSON.self, from: Data(body.readableBytesView))
        #expect(
            value
                == .object([
                    "Code": .text("InvalidParameter"),
                    "Message": .text(#"The specified parameter "KeyId" is not valid. Use "that" <one>."#),
                    "RequestId": .text("00000000-0000-0000-0000-000000000001"), "HostId": .text("kms.test:1"),
                    "Recommend": .text(#"Use "that" <one>."#), "HttpStatus": .number(400),
                ])
        )
        let xml = String(buffer: AnswerFormat.xml.body(error, UUIDBytes(high: 0, low: 1), hostID: "kms.test:1"))
        #expect(xml.contains("<Error><Code>InvalidParameter</Code><Message>"))
        #expect(xml.hasSuffix("<HttpStatus>400</HttpStatus></Error>"))
    }
}

/// A small generator with a seed (SplitMix64), so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
