"""Certificates: asked for here, issued by a throw-away authority of the openssl program, used here."""

import base64
import hashlib
import pathlib
import subprocess
import tempfile
import uuid

from shapes import check_date, uuid_text
from world import scenario

SUBJECT = "CN=www.example.com,OU=IT\\, first,O=Example,C=CN"
SM2 = "distid:1234567812345678"
FIELDS = {
    "CertificateId", "Arn", "KeySpec", "ProtectionLevel", "Status", "CreatedAt", "UpdatedAt", "Subject",
    "SubjectAlternativeNames", "SubjectPublicKey", "SubjectKeyIdentifier", "Issuer", "Serial", "NotBefore", "NotAfter",
    "SignatureAlgorithm", "ExportablePrivateKey", "Tags", "RequestId",
}  # fmt: skip


class Authority:
    """A certificate authority in a temporary folder."""

    def __init__(self, sm2=False):
        self.folder = tempfile.TemporaryDirectory(prefix="keyhold-authority-")
        self.signing = ["-sm3", "-sigopt", SM2] if sm2 else ["-sha256"]
        self.verifying = ["-vfyopt", SM2] if sm2 else []
        curve = [] if sm2 else ["-pkeyopt", "ec_paramgen_curve:P-256"]
        self.run("genpkey", "-algorithm", "SM2" if sm2 else "EC", *curve, "-out", self.path("ca.key"))
        self.run(
            "req", "-x509", "-new", "-key", self.path("ca.key"), "-subj", "/CN=Conformance", "-days", "3",
            *self.signing, "-out", self.path("ca.pem"),
        )  # fmt: skip
        self.certificate = pathlib.Path(self.path("ca.pem")).read_text()

    def path(self, name):
        return str(pathlib.Path(self.folder.name) / name)

    def run(self, *arguments):
        done = subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, f"openssl {' '.join(arguments)}: {done.stdout}"
        return done.stdout

    def issue(self, request):
        pathlib.Path(self.path("leaf.csr")).write_text(request)
        said = self.run(
            "req", "-in", self.path("leaf.csr"), "-verify", "-noout", "-subject", "-nameopt", "RFC2253", *self.verifying
        )
        assert f"subject={SUBJECT}" in said, said
        self.run(
            "x509", "-req", "-in", self.path("leaf.csr"), "-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"),
            "-days", "2", *self.signing, *self.verifying, "-copy_extensions", "copy", "-set_serial", "77",
            "-out", self.path("leaf.pem"),
        )  # fmt: skip
        self.run("verify", *self.verifying, "-CAfile", self.path("ca.pem"), self.path("leaf.pem"))
        return pathlib.Path(self.path("leaf.pem")).read_text()


def b64(data):
    return base64.b64encode(data).decode()


def new_certificate(w, spec, **parameters):
    answer = w.call("CreateCertificate", Subject=SUBJECT, KeySpec=spec, **parameters)
    assert set(answer) == {"CertificateId", "Arn", "Csr", "RequestId"}, answer
    certificate = answer["CertificateId"]
    uuid_text(certificate)
    arn = f"acs:kms:{w.target.region}:{w.target.account}:certificate/{certificate}"
    assert answer["Arn"] == arn, answer["Arn"]
    return certificate, answer["Csr"]


def issued_certificate(w, spec, **parameters):
    certificate, request = new_certificate(w, spec, **parameters)
    authority = Authority(sm2=spec == "EC_SM2")
    issued = authority.issue(request)
    w.call(
        "UploadCertificate", CertificateId=certificate, Certificate=issued, CertificateChain=authority.certificate
    )
    return certificate, request, issued, authority


@scenario("a certificate is asked for, issued, uploaded and told of in full")
def life(w):
    names = {"first": "www.example.com", "second": "*.example.org"}
    certificate, request, issued, authority = issued_certificate(
        w, "RSA_2048", SubjectAlternativeNames=names, ExportablePrivateKey=False
    )
    texts = w.call("GetCertificate", CertificateId=certificate)
    texts.pop("RequestId")
    assert texts == {
        "CertificateId": certificate, "Csr": request, "Certificate": issued, "CertificateChain": authority.certificate
    }, texts  # fmt: skip
    w.call("TagResource", CertificateId=certificate, Tags='[{"TagKey":"a","TagValue":"1"},{"TagKey":"b"}]')
    w.call("UntagResource", CertificateId=certificate, TagKeys='["b"]')
    told = w.call("DescribeCertificate", CertificateId=certificate)
    assert set(told) == FIELDS, set(told) ^ FIELDS
    for name in ("CreatedAt", "UpdatedAt", "NotBefore", "NotAfter"):
        check_date(told[name])
    expected = {
        "KeySpec": "RSA_2048", "Status": "ACTIVE", "Subject": SUBJECT, "Issuer": "CN=Conformance", "Serial": "4D",
        "SignatureAlgorithm": "RSA2048-SHA256", "ExportablePrivateKey": False, "ProtectionLevel": "SOFTWARE",
        "SubjectAlternativeNames": ["www.example.com", "*.example.org"], "Tags": {"a": "1"},
    }  # fmt: skip
    for name, value in expected.items():
        assert told[name] == value, f"{name} is {told[name]!r}, not {value!r}"
    assert told["SubjectPublicKey"].startswith("-----BEGIN PUBLIC KEY-----\n"), told
    w.call("DeleteCertificate", CertificateId=certificate)
    w.refused(404, "Certificate.NotFound", "GetCertificate", CertificateId=certificate)


@scenario("host names come as a JSON array as well")
def names_as_array(w):
    answer = w.client.generic(
        "CreateCertificate",
        {"Subject": SUBJECT, "KeySpec": "EC_P256", "SubjectAlternativeNames": '["www.example.com"]'},
    )
    told = w.call("DescribeCertificate", CertificateId=answer["CertificateId"])
    assert told["SubjectAlternativeNames"] == ["www.example.com"] and told["Status"] == "PENDING", told


@scenario("a certificate's key signs, and its public key verifies")
def signing(w):
    message = b"what is signed"
    digest = hashlib.sha256(message).digest()
    for spec, algorithms in (
        ("RSA_2048", ("RSA_PKCS1_SHA_256", "RSA_PSS_SHA_256")),
        ("EC_P256", ("ECDSA_SHA_256",)),
        ("EC_SM2", ("SM2DSA",)),
    ):
        certificate = issued_certificate(w, spec)[0]
        for algorithm in algorithms:
            named = {"CertificateId": certificate, "Algorithm": algorithm}
            raw = {**named, "Message": b64(message), "MessageType": "RAW"}
            answer = w.call("CertificatePrivateKeySign", **raw)
            assert set(answer) == {"CertificateId", "SignatureValue", "RequestId"}, answer
            signature = answer["SignatureValue"]
            forms = [raw] if spec == "EC_SM2" else [raw, {**named, "Message": b64(digest), "MessageType": "DIGEST"}]
            for form in forms:
                answer = w.call("CertificatePublicKeyVerify", **form, SignatureValue=signature)
                assert answer["SignatureValid"] is True and answer["CertificateId"] == certificate, answer
            other = {**raw, "Message": b64(message + b"!")}
            answer = w.call("CertificatePublicKeyVerify", **other, SignatureValue=signature)
            assert answer["SignatureValid"] is False, answer
            w.refused(400, "InvalidParameter", "CertificatePrivateKeySign", **{**raw, "Message": b64(bytes(4_097))})


@scenario("what is encrypted to a certificate's public key is decrypted with its private key")
def encrypting(w):
    for spec, algorithms in (("RSA_2048", ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")), ("EC_SM2", ("SM2PKE",))):
        certificate = issued_certificate(w, spec)[0]
        for algorithm in algorithms:
            named = {"CertificateId": certificate, "Algorithm": algorithm}
            sealed = w.call("CertificatePublicKeyEncrypt", **named, Plaintext=b64(b"secret"))
            assert sealed["CertificateId"] == certificate, sealed
            opened = w.call("CertificatePrivateKeyDecrypt", **named, CiphertextBlob=sealed["CiphertextBlob"])
            assert opened["Plaintext"] == b64(b"secret"), opened
            w.refused(400, "InvalidParameter", "CertificatePrivateKeyDecrypt", **named, CiphertextBlob=b64(bytes(256)))


@scenario("a certificate's status says what its key may do, and REVOKED is final")
def statuses(w):
    certificate, _ = new_certificate(w, "EC_P256")
    use = {"CertificateId": certificate, "Algorithm": "ECDSA_SHA_256", "Message": b64(b"m"), "MessageType": "RAW"}

    def become(status):
        w.call("UpdateCertificateStatus", CertificateId=certificate, Status=status)

    w.refused(400, "Rejected.UnsupportedOperation", "CertificatePrivateKeySign", **use)
    w.refused(
        409, "Rejected.StateModifiedFailed", "UpdateCertificateStatus", CertificateId=certificate, Status="ACTIVE"
    )
    certificate, _, issued, _ = issued_certificate(w, "EC_P256")
    use["CertificateId"] = certificate
    signature = w.call("CertificatePrivateKeySign", **use)["SignatureValue"]
    for status in ("INACTIVE", "ACTIVE", "REVOKED"):
        become(status)
        assert w.call("DescribeCertificate", CertificateId=certificate)["Status"] == status
        assert w.call("CertificatePublicKeyVerify", **use, SignatureValue=signature)["SignatureValid"] is True
        if status == "ACTIVE":
            w.call("CertificatePrivateKeySign", **use)
        else:
            w.refused(400, "Rejected.UnsupportedOperation", "CertificatePrivateKeySign", **use)
    w.refused(
        409, "Rejected.StateModifiedFailed", "UpdateCertificateStatus", CertificateId=certificate, Status="ACTIVE"
    )
    w.refused(409, "Rejected.StateModifiedFailed", "UploadCertificate", CertificateId=certificate, Certificate=issued)


@scenario("certificates that are refused")
def refusals(w):
    w.refused(400, "InvalidParameter", "CreateCertificate", Subject="CN=only", KeySpec="EC_P256")
    w.refused(400, "InvalidParameter", "CreateCertificate", Subject=SUBJECT, KeySpec="RSA_3072")
    w.refused(
        400, "InvalidParameter", "CreateCertificate", Subject=SUBJECT, KeySpec="EC_P256",
        SubjectAlternativeNames={"first": "10.0.0.1"},
    )  # fmt: skip
    certificate, request = new_certificate(w, "EC_P256")
    _, _, other, authority = issued_certificate(w, "EC_P256")
    upload = {"CertificateId": certificate}
    w.refused(400, "InvalidParameter", "UploadCertificate", **upload, Certificate=other)
    w.refused(400, "InvalidParameter", "UploadCertificate", **upload, Certificate=request)
    own = authority.issue(request)
    w.refused(
        400, "InvalidParameter", "UploadCertificate", **upload, Certificate=own,
        CertificateChain=Authority().certificate,
    )  # fmt: skip
    absent = {"CertificateId": str(uuid.uuid4())}
    for action in ("GetCertificate", "DescribeCertificate", "DeleteCertificate"):
        w.refused(404, "Certificate.NotFound", action, **absent)
    w.refused(404, "Certificate.NotFound", "TagResource", **absent, Tags='[{"TagKey":"a"}]')


@scenario("a customer master key makes a certificate request, which is Keyhold's own operation")
def request_of_key(w):
    for spec in ("RSA_2048", "EC_P256", "EC_P256K", "EC_SM2"):
        level = "HSM" if spec == "EC_SM2" else "SOFTWARE"
        key = w.new_key(KeySpec=spec, KeyUsage="SIGN/VERIFY", ProtectionLevel=level)
        version = w.call("ListKeyVersions", KeyId=key)["KeyVersions"]["KeyVersion"][0]["KeyVersionId"]
        answer = w.call("CreateCertificateSigningRequest", KeyId=key, KeyVersionId=version, Subject=SUBJECT)
        assert (answer["KeyId"], answer["KeyVersionId"]) == (key, version), answer
        Authority(sm2=spec == "EC_SM2").issue(answer["Csr"])
