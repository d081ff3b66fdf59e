package io.heliosdb.engine;

import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;

import javax.crypto.SecretKey;

/** A key that can be wiped, as {@link javax.crypto.spec.SecretKeySpec} cannot. */
final class WipedKey implements SecretKey {

	private static final long serialVersionUID = 1L;

	private final transient byte[] key;

	private final String algorithm;

	private transient volatile boolean destroyed;

	/**
	 * Copies a key.
	 * @param key its bytes
	 * @param algorithm what it is for
	 */
	WipedKey(byte[] key, String algorithm) {
		this.key = key.clone();
		this.algorithm = algorithm;
	}

	/** A key is written nowhere. */
	private void writeObject(ObjectOutputStream out) throws NotSerializableException {
		throw new NotSerializableException(WipedKey.class.getName());
	}

	private void readObject(ObjectInputStream in) throws NotSerializableException {
		throw new NotSerializableException(WipedKey.class.getName());
	}

	@Override
	public String getAlgorithm() {
		return this.algorithm;
	}

	@Override
	public String getFormat() {
		return "RAW";
	}

	@Override
	public byte[] getEncoded() {
		if (this.destroyed) {
			throw new IllegalStateException("The key has been wiped");
		}
		return this.key.clone();
	}

	@Override
	public void destroy() {
		this.destroyed = true;
		Arrays.fill(this.key, (byte) 0);
	}

	@Override
	public boolean isDestroyed() {
		return this.destroyed;
	}

	@Override
	public String toString() {
		return "a key for " + this.algorithm;
	}

}
