/// Tells the time; tests set it by hand.
package protocol TimeSource: Sendable {
    func now() -> Timestamp
}

/// Makes ids; tests can fix them. Key material never comes from here.
package protocol IDSource: Sendable {
    func next() -> UUIDBytes
}
