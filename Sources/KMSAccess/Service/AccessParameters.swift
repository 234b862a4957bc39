package import KMSCore

/// Reads the parameters of RAM and STS operations, with the errors that RAM has for them (spec 13).
package struct AccessParameters {
    private var reader: ParameterReader

    package init(_ parameters: Parameters) { reader = ParameterReader(parameters) }

    /// Whether the parameter was given, be it empty.
    package func isGiven(_ name: StaticString) -> Bool { reader.isGiven(name) }

    /// A text, or nil where it is absent or empty.
    ///
    /// - Parameters:
    ///   - limit: how many characters it may have; more are `InvalidParameter.<name>.Length`.
    ///   - permits: whether the characters are permitted; others are `InvalidParameter.<name>.InvalidChars`.
    package mutating func optionalText(
        _ name: StaticString,
        limit: Int,
        permits: (String) -> Bool = { _ in true }
    ) throws(KMSError) -> String? {
        guard let bytes = reader.bytes(name) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0), permits(text) else {
            throw .invalidCharacters("\(name)")
        }
        guard text.unicodeScalars.count <= limit else { throw .beyondLength("\(name)") }
        return text
    }

    package mutating func text(
        _ name: StaticString,
        limit: Int,
        permits: (String) -> Bool = { _ in true }
    ) throws(KMSError) -> String {
        guard let text = try optionalText(name, limit: limit, permits: permits) else {
            throw .missingCommon("\(name)")
        }
        return text
    }

    /// A text that takes another's place: nil where it is absent, and empty where it is given empty.
    package mutating func replacement(
        _ name: StaticString,
        limit: Int,
        permits: (String) -> Bool = { _ in true }
    ) throws(KMSError) -> String? {
        let isGiven = reader.isGiven(name)
        return try optionalText(name, limit: limit, permits: permits) ?? (isGiven ? "" : nil)
    }

    /// As ``replacement(_:limit:permits:)``; a text that is not of the form that `isFormed` asks for is
    /// `InvalidParameter.<name>.Format`.
    package mutating func replacement(
        _ name: StaticString,
        _ explanation: String,
        isFormed: (String) -> Bool
    ) throws(KMSError) -> String? {
        let isGiven = reader.isGiven(name)
        guard let bytes = reader.bytes(name) else { return isGiven ? "" : nil }
        guard let text = String(validating: bytes, as: UTF8.self), isFormed(text) else {
            throw .wrongFormat("\(name)", explanation)
        }
        return text
    }

    package mutating func userName(_ name: StaticString = "UserName") throws(KMSError) -> UserName {
        guard let name = try optionalUserName(name) else { throw .missingCommon("\(name)") }
        return name
    }

    package mutating func optionalUserName(_ name: StaticString = "UserName") throws(KMSError) -> UserName? {
        let limit = UserName.lengths.upperBound
        guard let text = try optionalText(name, limit: limit, permits: UserName.permitsCharacters) else { return nil }
        guard let name = UserName(text) else { throw .beyondLength("\(name)") }
        return name
    }

    package mutating func roleName(_ name: StaticString = "RoleName") throws(KMSError) -> RoleName {
        let text = try text(name, limit: RoleName.lengths.upperBound, permits: RoleName.permitsCharacters)
        guard let name = RoleName(text) else { throw .beyondLength("\(name)") }
        return name
    }

    package mutating func policyName(_ name: StaticString = "PolicyName") throws(KMSError) -> PolicyName {
        let text = try text(name, limit: PolicyName.lengths.upperBound, permits: PolicyName.permitsCharacters)
        guard let name = PolicyName(text) else { throw .beyondLength("\(name)") }
        return name
    }

    /// One of the words that `Choice` knows; others are `InvalidParameter.<name>`.
    package mutating func choice<Choice>(
        _ name: StaticString,
        _: Choice.Type = Choice.self
    ) throws(KMSError) -> Choice? where Choice: RawRepresentable<String> & CaseIterable {
        guard let bytes = reader.bytes(name) else { return nil }
        guard let choice = Choice(rawValue: String(decoding: bytes, as: UTF8.self)) else {
            throw .incorrect("\(name)", "Use one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return choice
    }

    /// As ``choice(_:_:)``, where one must be made.
    package mutating func neededChoice<Choice>(
        _ name: StaticString,
        _: Choice.Type = Choice.self
    ) throws(KMSError) -> Choice where Choice: RawRepresentable<String> & CaseIterable {
        guard let choice = try choice(name, Choice.self) else { throw .missingCommon("\(name)") }
        return choice
    }

    /// The policy that PolicyType and PolicyName name.
    package mutating func policy() throws(KMSError) -> PolicyReference {
        PolicyReference(type: try neededChoice("PolicyType"), name: try policyName())
    }

    /// The number of a policy's version, `v1` or later.
    package mutating func policyVersion() throws(KMSError) -> Int {
        let text = try text("VersionId", limit: .max)
        let digits = text.utf8.dropFirst()
        guard text.utf8.first == UInt8(ascii: "v"), digits.first != UInt8(ascii: "0"), digits.count <= 18,
            digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text.dropFirst())
        else { throw .wrongFormat("VersionId", "Write v and a number, such as v1.") }
        return number
    }

    /// A whole number of that range; others are `InvalidParameter.<name>`.
    package mutating func integer(_ name: StaticString, in range: ClosedRange<Int>) throws(KMSError) -> Int? {
        do { return try reader.integer(name, in: range) } catch {
            throw .incorrect("\(name)", error.recommendation)
        }
    }

    /// `true` or `false` in any case.
    package mutating func boolean(_ name: StaticString) throws(KMSError) -> Bool? {
        do { return try reader.boolean(name) } catch { throw .incorrect("\(name)", error.recommendation) }
    }

    /// How many rows of a listing are asked for at most.
    package mutating func pageLimit() throws(KMSError) -> Int {
        try integer("MaxItems", in: AccessLimits.page) ?? AccessLimits.defaultPage
    }

    /// What the page before has said where it ended; `InvalidParameter.Marker` where `read` makes nothing of it.
    package mutating func marker<Place>(_ read: (String) -> Place?) throws(KMSError) -> Place? {
        guard let bytes = reader.bytes("Marker") else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self), let place = read(text) else {
            throw .incorrect("Marker", "Pass the Marker of the page before, unchanged.")
        }
        return place
    }

    /// Refuses what was not read although its name begins with a documented one.
    package func finish() throws(KMSError) { try reader.finish() }
}
