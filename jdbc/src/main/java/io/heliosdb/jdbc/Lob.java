package io.heliosdb.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;

/**
 * What Blob and Clob have in common: a value of its own, not a place in the database.
 * Changing it changes no row until it is set as a parameter. It stays valid until
 * {@code free()}, also when its connection is closed. Positions count from 1, in units of
 * so many bytes.
 */
abstract class Lob {

	private static final int PART = 8192;

	private final LobBytes bytes;

	private final int unit;

	private volatile boolean freed;

	Lob(LobBytes bytes, int unit) {
		this.bytes = bytes;
		this.unit = unit;
	}

	final LobBytes bytes() throws SQLException {
		if (this.freed) {
			throw SqlState.INVALID_CALL.exception("free() was called for this " + kind());
		}
		return this.bytes;
	}

	abstract String kind();

	public final void free() {
		this.freed = true;
		this.bytes.close();
	}

	public final long length() throws SQLException {
		return bytes().length() / this.unit;
	}

	public final void truncate(long length) throws SQLException {
		if (length < 0 || length > length()) {
			throw SqlState.INVALID_PARAMETER_VALUE
				.exception("Cannot truncate a " + kind() + " of length " + length() + " to length " + length);
		}
		bytes().truncate(length * this.unit);
	}

	/** Where a position is that may be read from. */
	final long offset(long position) throws SQLException {
		if (position < 1 || position > length() + 1) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("There is no position " + position + " in a " + kind()
					+ " of length " + length() + ": positions count from 1");
		}
		return (position - 1) * this.unit;
	}

	/** A part of it that has to be there as a whole. */
	final InputStream part(long position, long length) throws SQLException {
		if (length < 0 || offset(position) + length * this.unit > bytes().length()) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("There are no " + length + " from position " + position
					+ " on in a " + kind() + " of length " + length());
		}
		return bytes().input(offset(position), length * this.unit);
	}

	/** A part of it, less where it ends before. */
	final byte[] read(long position, int length) throws SQLException {
		if (length < 0) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The length " + length + " is negative");
		}
		long offset = offset(position);
		byte[] part = new byte[(int) Math.min((long) length * this.unit, bytes().length() - offset)];
		bytes().read(offset, part, 0, part.length);
		return part;
	}

	final int write(long position, byte[] part, int start, int count) throws SQLException {
		long offset = offset(position);
		if (start < 0 || count < 0 || start > part.length - count) {
			throw SqlState.INVALID_PARAMETER_VALUE
				.exception("There are no " + count + " from index " + start + " on in what is to be written");
		}
		bytes().write(offset, part, start, count);
		return count;
	}

	/** Where a pattern begins, from a position on: its position, -1 if nowhere. */
	final long find(byte[] pattern, long from) throws SQLException {
		long start = offset(from);
		if (pattern.length == 0) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("What is looked for is empty");
		}
		byte[] part = new byte[Math.max(PART, 2 * pattern.length)];
		for (long at = start; at + pattern.length <= bytes().length();) {
			int read = bytes().read(at, part, 0, part.length);
			for (int i = 0; i + pattern.length <= read; i += this.unit) {
				if (startsWith(part, i, pattern)) {
					return (at + i) / this.unit + 1;
				}
			}
			at += Math.max(this.unit, (read - pattern.length + this.unit) / this.unit * this.unit);
		}
		return -1;
	}

	private static boolean startsWith(byte[] bytes, int at, byte[] pattern) {
		for (int i = 0; i < pattern.length; i++) {
			if (bytes[at + i] != pattern[i]) {
				return false;
			}
		}
		return true;
	}

	static SQLException unreadable(IOException cause) {
		return SqlState.DATA_EXCEPTION.exception("The value cannot be read: " + cause.getMessage(), 0, cause);
	}

	@Override
	public String toString() {
		return this.freed ? kind() + " that was freed" : kind() + " of length " + this.bytes.length() / this.unit;
	}

	/** How a Clob keeps its characters: two bytes each, so that positions are known. */
	static byte[] encode(String characters) {
		byte[] encoded = new byte[2 * characters.length()];
		for (int i = 0; i < characters.length(); i++) {
			char c = characters.charAt(i);
			encoded[2 * i] = (byte) (c >> 8);
			encoded[2 * i + 1] = (byte) c;
		}
		return encoded;
	}

	static String decode(byte[] encoded) {
		char[] characters = new char[encoded.length / 2];
		for (int i = 0; i < characters.length; i++) {
			characters[i] = (char) (encoded[2 * i] << 8 | encoded[2 * i + 1] & 0xff);
		}
		return new String(characters);
	}

	/** Characters of a text in UTF-8, as a Clob keeps them. */
	static LobBytes ofText(InputStream utf8) throws IOException {
		LobBytes characters = new LobBytes();
		try (InputStreamReader reader = new InputStreamReader(utf8, StandardCharsets.UTF_8)) {
			char[] part = new char[PART];
			int count;
			while ((count = reader.read(part)) >= 0) {
				byte[] encoded = encode(new String(part, 0, count));
				characters.write(characters.length(), encoded, 0, encoded.length);
			}
		}
		return characters;
	}

}
