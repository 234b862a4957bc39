/// A command line that asks for an operation: `kms CreateKey --KeySpec RSA_2048 --profile test`.
struct Invocation {
    let product: Product
    /// Nil where the product stands alone.
    private(set) var operation: String?
    /// In the order given; no name occurs twice.
    private(set) var parameters: [(name: String, value: String)] = []
    private(set) var options = GlobalOptions()

    var wantsHelp: Bool { options.isSet(.help) }

    /// Names that the signature fills in; a caller's own would contradict it.
    private static let reserved: Set<String> = [
        "Action", "Version", "AccessKeyId", "SecurityToken", "Timestamp", "Signature", "SignatureMethod",
        "SignatureVersion", "SignatureNonce", "SignatureType",
    ]

    /// Reads `arguments`, or is nil where their first word is no product: then they are no operation.
    init?(reading arguments: [String]) throws(Failure) {
        guard let product = Self.product(of: arguments) else { return nil }
        self.product = product
        var reader = ArgumentReader(arguments)
        var isProductRead = false
        while let item = reader.next() {
            switch item {
            case .word where !isProductRead: isProductRead = true
            case .word(let word): try take(word: word)
            case .option(let name, let joined): try take(option: name, joined: joined, from: &reader)
            }
        }
    }

    /// The first word that is no value of an option, if it names a product.
    private static func product(of arguments: [String]) -> Product? {
        var reader = ArgumentReader(arguments)
        while let item = reader.next() {
            switch item {
            case .word(let word): return Product(rawValue: word)
            case .option(let name, let joined):
                // `configure` and the rest have options of their own, which they refuse or accept themselves.
                guard let option = GlobalOption(rawValue: name) else { return nil }
                if option.takesValue, joined == nil { _ = try? reader.value(of: name) }
            }
        }
        return nil
    }

    private mutating func take(word: String) throws(Failure) {
        guard operation == nil else {
            throw .usage("'\(word.printable)' belongs to no parameter. Parameters are written --Name value.")
        }
        guard let first = word.utf8.first, first.isLetter, word.utf8.allSatisfy({ $0.isLetter || $0.isDigit }) else {
            throw .usage("'\(word.printable)' is no name of an operation.")
        }
        operation = word
    }

    private mutating func take(
        option name: String,
        joined: String?,
        from reader: inout ArgumentReader
    ) throws(Failure) {
        guard name.utf8.first.map({ $0 & 0x20 == 0 }) ?? false else {
            return try takeGlobal(name, joined: joined, from: &reader)
        }
        guard !Self.reserved.contains(name) else {
            let instead = name == "Version" ? " To call another version of the API, give --version." : ""
            throw .usage("--\(name) is filled in by keyhold itself.\(instead)")
        }
        guard !parameters.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            throw .usage("--\(name.printable) is given twice. Elements of a list are numbered: --ResourceId.1, .2 …")
        }
        var value = joined
        if value == nil { value = try reader.value(of: name) }
        parameters.append((name, value ?? ""))
    }

    private mutating func takeGlobal(
        _ name: String,
        joined: String?,
        from reader: inout ArgumentReader
    ) throws(Failure) {
        guard let option = GlobalOption(rawValue: name) else {
            let known = GlobalOption.allCases.map(\.rawValue)
            let hint = Suggestion.nearest(to: name, among: known).map { " Did you mean --\($0)?" } ?? ""
            throw .usage(
                "There is no option --\(name.printable).\(hint) Parameters of an operation begin with a capital letter."
            )
        }
        if option.takesValue {
            var value = joined
            if value == nil { value = try reader.value(of: name) }
            try options.set(option, to: value ?? "")
        } else {
            guard joined == nil else { throw .usage("--\(name) takes no value.") }
            try options.set(option, to: "")
        }
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
