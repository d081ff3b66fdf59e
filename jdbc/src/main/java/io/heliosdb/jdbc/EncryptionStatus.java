package io.heliosdb.jdbc;

/**
 * How a database is encrypted.
 *
 * @param cipher what encrypts its pages, such as {@code AES-256-GCM}
 * @param keyDerivation how its keys come from the user's, such as {@code HKDF-SHA-256}
 */
public record EncryptionStatus(String cipher, String keyDerivation) {
}
