/// keyhold-hsm, the isolated key process (`Documentation/HSMProtocol.md`).
package enum HSMProcess {
    /// Names it in what sealed versions authenticate.
    package static let backend = "keyhold-hsm"
}
