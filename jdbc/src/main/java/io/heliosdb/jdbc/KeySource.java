package io.heliosdb.jdbc;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.heliosdb.engine.DatabaseKey;

/**
 * Where the key of a database comes from. Two that are equal give the same key. A key
 * that is itself in a parameter is in memory for as long as this is.
 */
final class KeySource {

	private static final Logger LOGGER = System.getLogger(KeySource.class.getName());

	private static final String NO_KEY = "none";

	private static final int LONGEST_KEY_FILE = 4096;

	private static final Set<PosixFilePermission> OTHERS = EnumSet.of(PosixFilePermission.GROUP_READ,
			PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

	private final ConnectionProperty property;

	/** A text, or a provider where there is no property. */
	private final Object value;

	private KeySource(ConnectionProperty property, Object value) {
		this.property = property;
		this.value = value;
	}

	/**
	 * Finds the one that the parameters name, and takes it away from them.
	 * @param values all parameters
	 * @param provider asked for the key, {@code null} if there is none
	 * @return the source, {@code null} if there is none
	 * @throws SQLException if there are several
	 */
	static KeySource takeFrom(Map<ConnectionProperty, String> values, EncryptionKeyProvider provider)
			throws SQLException {
		List<KeySource> sources = Stream
			.of(ConnectionProperty.KEY, ConnectionProperty.KEY_FILE, ConnectionProperty.PASSPHRASE)
			.filter(values::containsKey)
			.map((property) -> new KeySource(property, values.remove(property)))
			.collect(Collectors.toCollection(ArrayList::new));
		if (provider != null) {
			sources.add(new KeySource(null, provider));
		}
		if (sources.size() > 1) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The encryption key is given more than once, as "
					+ sources.stream().map(KeySource::name).collect(Collectors.joining(" and "))
					+ ": keep one of them");
		}
		if (sources.isEmpty()) {
			return null;
		}
		KeySource source = sources.get(0);
		if (source.property == ConnectionProperty.KEY || source.property == ConnectionProperty.PASSPHRASE) {
			// What is wrong with it is told now, not when the database is opened.
			source.read("").close();
		}
		return source;
	}

	/**
	 * A key that is to be a database's from now on.
	 * @param key the key, of which a copy is kept
	 * @return the source
	 */
	static KeySource of(EncryptionKey key) {
		EncryptionKey kept = key.copy();
		return new KeySource(null, (EncryptionKeyProvider) (database) -> kept.copy());
	}

	/**
	 * What the pragma names.
	 * @param value a raw key as {@code byte[]} or text, or a text that begins with
	 * {@code passphrase:} or {@code key_file:}, or {@code none}
	 * @return the source, {@code null} for none
	 */
	static KeySource ofPragma(Object value) throws SQLException {
		if (value instanceof byte[] raw && raw.length == EncryptionKey.RAW_BYTES) {
			try (EncryptionKey key = EncryptionKey.ofRawKey(raw)) {
				return of(key);
			}
		}
		if (!(value instanceof String text)) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The value of PRAGMA heliosdb_rekey is no key: expected a "
					+ "blob of " + EncryptionKey.RAW_BYTES + " bytes, a key as text, passphrase:…, key_file:… or none");
		}
		if (text.equals(NO_KEY)) {
			return null;
		}
		KeySource source = new KeySource(ConnectionProperty.KEY, text);
		for (ConnectionProperty property : new ConnectionProperty[] { ConnectionProperty.KEY,
				ConnectionProperty.PASSPHRASE, ConnectionProperty.KEY_FILE }) {
			if (text.startsWith(property.key() + ":")) {
				source = new KeySource(property, text.substring(property.key().length() + 1));
			}
		}
		return source;
	}

	private String name() {
		return (this.property != null) ? "parameter '" + this.property.key() + "'" : "EncryptionKeyProvider";
	}

	/**
	 * Fetches the key.
	 * @param database what the database is called
	 * @return the key, which the caller closes
	 * @throws SQLException if it cannot be had
	 */
	EncryptionKey read(String database) throws SQLException {
		if (this.property == null) {
			return ask((EncryptionKeyProvider) this.value, database);
		}
		if (this.property == ConnectionProperty.KEY_FILE) {
			return readFile(Path.of(ConnectionSettings.expandHome((String) this.value)));
		}
		char[] characters = ((String) this.value).toCharArray();
		try {
			return (this.property == ConnectionProperty.KEY) ? EncryptionKey.ofText(characters)
					: EncryptionKey.ofPassphrase(characters);
		}
		catch (IllegalArgumentException ex) {
			throw SqlState.INVALID_PARAMETER_VALUE
				.exception("The value of '" + this.property.key() + "' is no encryption key: " + ex.getMessage());
		}
		finally {
			Arrays.fill(characters, '\0');
		}
	}

	/** The key in the engine's form, which the caller closes. */
	DatabaseKey open(String database) throws SQLException {
		try (EncryptionKey key = read(database)) {
			return key.toDatabaseKey();
		}
	}

	private static EncryptionKey ask(EncryptionKeyProvider provider, String database) throws SQLException {
		try {
			EncryptionKey key = provider.getKey(database);
			if (key == null) {
				throw new IllegalStateException("it returned null");
			}
			return key;
		}
		catch (Exception ex) {
			if (ex instanceof InterruptedException) {
				Thread.currentThread().interrupt();
			}
			throw SqlState.NO_KEY.exception("The EncryptionKeyProvider " + provider.getClass().getName()
					+ " has no key for the database " + database + ": " + ex, 0, ex);
		}
	}

	private static EncryptionKey readFile(Path file) throws SQLException {
		try {
			warnIfOthersMayRead(file);
			if (Files.size(file) > LONGEST_KEY_FILE) {
				throw new IOException("it is longer than " + LONGEST_KEY_FILE + " bytes, and so holds no key");
			}
			byte[] content = Files.readAllBytes(file);
			try {
				return (content.length == EncryptionKey.RAW_BYTES) ? EncryptionKey.ofRawKey(content) : ofText(content);
			}
			finally {
				Arrays.fill(content, (byte) 0);
			}
		}
		catch (IOException ex) {
			throw SqlState.NO_KEY.exception("The key file " + file.toAbsolutePath() + " cannot be read: " + ex
					+ ". It must be a file that this user may read", 0, ex);
		}
		catch (IllegalArgumentException ex) {
			throw SqlState.NO_KEY.exception("The key file " + file.toAbsolutePath() + " holds no key: "
					+ ex.getMessage() + ". Or it holds the " + EncryptionKey.RAW_BYTES + " bytes themselves");
		}
	}

	/** Without the space around it, such as the newline that an editor adds. */
	private static EncryptionKey ofText(byte[] content) {
		int start = 0;
		int end = content.length;
		while (start < end && isSpace(content[start])) {
			start++;
		}
		while (end > start && isSpace(content[end - 1])) {
			end--;
		}
		CharBuffer text = StandardCharsets.ISO_8859_1.decode(ByteBuffer.wrap(content, start, end - start));
		char[] characters = new char[text.length()];
		try {
			text.duplicate().get(characters);
			return EncryptionKey.ofText(characters);
		}
		finally {
			Arrays.fill(characters, '\0');
			Arrays.fill(text.array(), '\0');
		}
	}

	private static boolean isSpace(byte c) {
		return c == ' ' || c == '\t' || c == '\r' || c == '\n';
	}

	private static void warnIfOthersMayRead(Path file) throws IOException {
		if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
			return;
		}
		Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
		if (permissions.stream().anyMatch(OTHERS::contains)) {
			LOGGER.log(Level.WARNING, "The key file {0} may be read or written by others than its owner: chmod 600 {0}",
					file.toAbsolutePath());
		}
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof KeySource source && this.property == source.property && this.value.equals(source.value);
	}

	@Override
	public int hashCode() {
		return this.value.hashCode();
	}

	@Override
	public String toString() {
		return name();
	}

}
