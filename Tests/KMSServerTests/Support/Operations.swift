import KMSCore

/// Answers with what it was sent, in every kind of field.
struct Echo: Operation {
    static let name: StaticString = "Echo"

    let text: String
    let number: Int
    let context: EncryptionContext

    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> Echo {
        Echo(
            text: try parameters.optionalText("Text", limit: 300_000) ?? "",
            number: try parameters.integer("Number", in: -10...10) ?? 0,
            context: try parameters.encryptionContext()
        )
    }

    struct Answer: Response {
        let text: String
        let number: Int

        func write(to fields: inout some FieldWriter) {
            fields.text("Text", text)
            fields.number("Number", number)
            fields.boolean("IsZero", number == 0)
            fields.base64("Bytes", Array(text.utf8))
            fields.secret("Secret", SecretBox(SecretBytes(copying: Array(text.utf8))))
            fields.object("Nested") { fields in
                fields.text("Inner", "x")
                fields.object("Empty") { _ in }
            }
            fields.list("Keys", of: "Key", [text, "second"]) { fields, element in
                fields.text("KeyId", element)
                fields.date("At", Timestamp(seconds: 0))
            }
            fields.list("None", of: "Nothing", [Int]()) { _, _ in }
        }
    }

    func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        Answer(text: text, number: number)
    }
}

/// Does and says nothing.
struct Nothing: Operation {
    static let name: StaticString = "Nothing"

    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> Nothing { Nothing() }
    func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done { Done() }
}

/// Suspends for the milliseconds it is told, or until cancelled.
struct Wait: Operation {
    static let name: StaticString = "Wait"

    let milliseconds: Int

    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> Wait {
        Wait(milliseconds: try parameters.integer("Milliseconds", in: 0...60_000) ?? 0)
    }

    func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch {
            throw .unavailable("cancelled")
        }
        return Done()
    }
}

/// Fails as the service itself may fail.
struct Break: Operation {
    static let name: StaticString = "Break"

    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> Break { Break() }
    func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        throw .internalFailure("a disk melted")
    }
}

extension Catalogue {
    static let underTest = Catalogue(
        version: "2016-01-20",
        [
            Entry(Echo.self), Entry(Nothing.self), Entry(Wait.self), Entry(Break.self), Entry(KelvinTest.self),
            Entry(Refuse.self),
        ]
    )
}

/// A name with a K, for which a Kelvin sign must not pass.
struct KelvinTest: Operation {
    static let name: StaticString = "KelvinTest"

    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> KelvinTest { KelvinTest() }
    func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done { Done() }
}

/// Reads parameters of every shape and refuses what it was asked: there is no way to be answered with success.
struct Refuse: Operation {
    static let name: StaticString = "Refuse"

    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> Refuse {
        _ = try parameters.keyReference()
        _ = try parameters.encryptionContext()
        _ = try parameters.json("Filters")
        _ = try parameters.integer("Number", in: 1...10)
        _ = try parameters.boolean("Flag")
        _ = try parameters.list("ResourceId", limit: 10)
        _ = try parameters.objects("Tag", parts: ["Key", "Value"], limit: 10)
        _ = try parameters.secret("Plaintext", byteCount: 100)
        _ = try parameters.page()
        return Refuse()
    }

    func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done { throw .keyNotFound }
}
