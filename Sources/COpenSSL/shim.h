#pragma once
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* An OSSL_PARAM keeps pointers to its name and value; here both live until EVP_MAC_init has read them. */
static inline int shim_hmac_init(EVP_MAC_CTX *_Nonnull context, const unsigned char *_Nonnull key, size_t count,
                                 const char *_Nonnull digest) {
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0),
                               OSSL_PARAM_construct_end()};
    return EVP_MAC_init(context, key, count, parameters);
}
