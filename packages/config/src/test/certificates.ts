/** A self-signed certificate for localhost, made for the tests. */
export const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUTUV/Eeu3GNaiRRKQAit/4Ekb8NMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjA0NTUxOVoYDzIxMjYxMDI5
MDQ1NTE5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQ9rY1R92CDJlKkf27eSiWqV+3D1WANaG2oygkUVXNOi0O27+7MMfVg
XT4qk6dv9k2NE1nosecd2VFzn0TW+31Yo1MwUTAdBgNVHQ4EFgQUxQzORWN/4ph9
JDfl6b2iQQXwt18wHwYDVR0jBBgwFoAUxQzORWN/4ph9JDfl6b2iQQXwt18wDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEArTayVkDp5+oH99uuINVd
rsqWFllxCdNlk+vEugGtpQ0CIQCh5HDOPRQ43pdWc7bwmQL4etR9LwKszbkzCjlA
QSedcQ==
-----END CERTIFICATE-----
`;

/** Its private key, which protects nothing. */
export const testKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglEFRoG9rsHFlBEHh
LBs5yUO0QlnJjmVtlfERxkoiPKehRANCAAQ9rY1R92CDJlKkf27eSiWqV+3D1WAN
aG2oygkUVXNOi0O27+7MMfVgXT4qk6dv9k2NE1nosecd2VFzn0TW+31Y
-----END PRIVATE KEY-----
`;

/** The private key of no certificate. */
export const strangerKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTSg/jRVbQI+POR8M
D5z+P/5J9Q4gcadt/ltkTt472v6hRANCAASnIZWHYF0/btBbIh2qg9Izt7dBjag+
oVYtmcVXAyBLTM8wFowwwKsLVsmNj950s9FoQoITzrmlvInWOyY0UOLC
-----END PRIVATE KEY-----
`;

/** A revocation list of nothing. Its time is over, which no check of a configuration looks at. */
export const testRevocationList = `-----BEGIN X509 CRL-----
MIGRMDkwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCY2EXDTI2MTEyMjEzNTM0N1oX
DTI2MTEyMzEzNTM0N1owCgYIKoZIzj0EAwIDSAAwRQIhAOMouEX9jkEJnsiHg12J
9+Z0GlXUFmoRkoFrZS2cwtGyAiAOXM6W24ruhUd81TqjfCNRXntZfng2lwLcYZ4v
R0Qe8Q==
-----END X509 CRL-----
`;
