/// A label on a key. Both texts are ASCII of the documented characters (spec 7).
package struct Tag: Sendable, Hashable {
    /// 1 to 128 characters; does not begin with `aliyun` or `acs:`.
    package let key: String
    /// 0 to 256 characters.
    package let value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    /// Whether `text` may be a tag's key.
    package static func permitsKey(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy(permits)
            && !text.utf8.starts(with: "aliyun".utf8) && !text.utf8.starts(with: "acs:".utf8)
    }

    /// Whether `text` may be a tag's value.
    package static func permitsValue(_ text: String) -> Bool {
        text.utf8.count <= 256 && text.utf8.allSatisfy(permits)
    }

    private static func permits(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "/\\_-.+=@:".utf8.contains(character)
        }
    }
}

/// A tag and the key that carries it.
package struct KeyTag: Sendable, Hashable {
    package let keyID: KeyID
    package let tag: Tag

    package init(keyID: KeyID, tag: Tag) {
        self.keyID = keyID
        self.tag = tag
    }
}
