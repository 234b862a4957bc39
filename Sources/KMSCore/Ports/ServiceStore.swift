/// All that the doorway asks of storage.
package typealias ServiceStore = KeyStore & CertificateStore & AuditOutbox & MeterStore
