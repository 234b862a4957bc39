/// A certificate for tests alone, valid until 2126, and its key.
enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASugAwIBAgIUVqaB7CiOYAe9T1B92n5yrTUgSp8wCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMa2V5aG9sZC50ZXN0MCAXDTI2MTEyNjAxMzcxMFoYDzIxMjYx
        MTAyMDEzNzEwWjAXMRUwEwYDVQQDDAxrZXlob2xkLnRlc3QwWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQ1vn/jrSSiaFRscg6smGuDMFX2hnbVj/mI+eDScgWiXSq9
        wH2mk39VmMG3Z2p56Iqq2EWVqrtRsvS1TuHczwzno1MwUTAdBgNVHQ4EFgQUxg2R
        rnzZrLAjvDvNrEAenoLKE3AwHwYDVR0jBBgwFoAUxg2RrnzZrLAjvDvNrEAenoLK
        E3AwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAkOwR0lPqPgvY
        LcGMgCAZzTkLQnimfGdFTzLQSXpp40YCIQCMeN2S5WwiIyhoav/H/CI86ay1Qu+l
        ScTVEsnnalGGwQ==
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLFO0O/I2z9t0ZQAA
        6GnKIh45NnuET6A4As0fL9weZSOhRANCAAQ1vn/jrSSiaFRscg6smGuDMFX2hnbV
        j/mI+eDScgWiXSq9wH2mk39VmMG3Z2p56Iqq2EWVqrtRsvS1TuHczwzn
        -----END PRIVATE KEY-----
        """
}
