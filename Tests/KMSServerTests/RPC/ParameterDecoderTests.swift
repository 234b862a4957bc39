import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@testable import KMSServer

@Suite struct ParameterDecoderTests {
    private func decode(_ pieces: String...) throws(KMSError) -> [(String, [UInt8])] {
        var decoder = ParameterDecoder(capacity: 0)
        for piece in pieces {
            let bytes = Array(piece.utf8)
            let result = bytes.withUnsafeBufferPointer { bytes in
                Result { () throws(KMSError) in try decoder.append(bytes) }
            }
            try result.get()
        }
        let parameters = try decoder.finish()
        return parameters.entries.map {
            (String(decoding: parameters.name($0), as: UTF8.self), Array(parameters.value($0)))
        }
    }

    private func texts(_ pieces: String) throws -> [String] {
        try decode(pieces).map { "\($0.0)=\(String(decoding: $0.1, as: UTF8.self))" }
    }

    @Test("percent signs and plus signs are decoded, blank values kept, order kept")
    func decodes() throws {
        #expect(
            try texts("a=b+c&SignatureType=&x=%7B%22a%22%3A%22b+c%22%7D&bare&e==") == [
                "a=b c", "SignatureType=", #"x={"a":"b c"}"#, "bare=", "e==",
            ]
        )
    }

    @Test("what the asyncio client leaves bare is read as it is")
    func bareCharacters() throws {
        #expect(
            try texts("EncryptionContext=%7B%22a%22:%22b+c%22,%22n%22:%22~*'()%22%7D&Plaintext=aGk%2B/w%3D%3D") == [
                #"EncryptionContext={"a":"b c","n":"~*'()"}"#, "Plaintext=aGk+/w==",
            ]
        )
    }

    @Test("empty pieces are no parameters")
    func emptyPieces() throws {
        #expect(try texts("") == [])
        #expect(try texts("&&a=1&&") == ["a=1"])
    }

    @Test("query and form are one list, in that order")
    func queryAndForm() throws {
        #expect(try decode("a=1", "b=2").map(\.0) == ["a", "b"])
    }

    @Test("a value may be any bytes, a zero byte and broken UTF-8 included")
    func anyBytes() throws {
        #expect(try decode("a=%00%ff%C3").first?.1 == [0, 0xFF, 0xC3])
    }

    @Test(
        "malformed input is refused with 400",
        arguments: ["a=%", "a=%4", "a=%4G", "%GGa=1", "%ff=1", "%C3%28=1", "=1", "a=1&=2", "a=1&a=1", "a=1&%61=2"]
    )
    func refused(_ text: String) throws {
        let error = #expect(throws: KMSError.self) { try decode(text) }
        #expect(error?.status == 400)
        #expect(error?.recommendation.isEmpty == false)
    }

    @Test("a name in the query may not be repeated in the form")
    func repeatedAcross() {
        #expect(throws: KMSError.self) { try decode("a=1", "a=1") }
    }

    @Test("names are compared as bytes: canonically equal texts are two names")
    func bytewise() throws {
        #expect(try decode("%C3%A9=1&e%CC%81=2").count == 2)
    }

    @Test("a repeated name is found among many as well, and too many are refused")
    func many() throws {
        let names = (0..<5_000).map { "p\($0)=" }
        #expect(try decode(names.joined(separator: "&")).count == 5_000)
        #expect(throws: KMSError.self) { try decode((names + ["p17=2"]).joined(separator: "&")) }
        #expect(throws: KMSError.self) { try decode((0...10_000).map { "p\($0)=" }.joined(separator: "&")) }
    }

    @Test("whatever bytes come are read or refused with 400, and what was read is read alike once encoded again")
    func fuzz() throws {
        var random = SeededGenerator(seed: 4)
        // Mostly what has a meaning, so that much of it parses.
        let alphabet = Array("ab=&%+.;2Ff0 \u{E9}".utf8) + [0, 0x7F, 0x80, 0xFF]
        var readCount = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &random)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            guard let first = try read(bytes) else { continue }
            readCount += 1
            let form = PercentEncoding.form(
                first.entries.compactMap { entry in
                    guard let value = String(validating: first.value(entry), as: UTF8.self) else { return nil }
                    return (String(decoding: first.name(entry), as: UTF8.self), value)
                }
            )
            let again = try #require(try read(form))
            let texts = first.entries.filter { String(validating: first.value($0), as: UTF8.self) != nil }
            #expect(again.entries.map { Array(again.name($0)) } == texts.map { Array(first.name($0)) })
            #expect(again.entries.map { Array(again.value($0)) } == texts.map { Array(first.value($0)) })
        }
        #expect(readCount > 1_000)
    }

    /// The parameters, or nil where they are refused as a client's fault.
    private func read(_ bytes: [UInt8]) throws -> Parameters? {
        do throws(KMSError) {
            var decoder = ParameterDecoder(capacity: 0)
            let result = bytes.withUnsafeBufferPointer { bytes in
                Result { () throws(KMSError) in try decoder.append(bytes) }
            }
            try result.get()
            return try decoder.finish()
        } catch {
            #expect(error.status == 400)
            return nil
        }
    }
}
