package io.heliosdb.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLInvalidAuthorizationSpecException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import com.sun.management.HotSpotDiagnosticMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Encrypted databases: keys, what shows, changes of the key. */
class EncryptionTests {

	private static final String SECRET = "a known text that no file may show";

	private static final byte[] RAW = HexFormat.of()
		.parseHex("00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f");

	private static final String HEX = HexFormat.of().formatHex(RAW);

	private static final String OTHER = "f".repeat(64);

	@TempDir
	private Path directory;

	private String url(String parameters) {
		return "jdbc:heliosdb:" + this.directory.resolve("app.db") + parameters;
	}

	private Connection open(String parameters) throws SQLException {
		return DriverManager.getConnection(url(parameters));
	}

	private static void fill(Connection connection) throws SQLException {
		Sql.update(connection, "CREATE TABLE IF NOT EXISTS known_table (id INTEGER PRIMARY KEY, value TEXT)");
		for (int i = 0; i < 20; i++) {
			Sql.update(connection, "INSERT INTO known_table(value) VALUES(? || hex(randomblob(400)))", SECRET + i);
		}
	}

	private static long count(Connection connection) throws SQLException {
		return Sql.number(connection, "SELECT count(*) FROM known_table WHERE value LIKE '" + SECRET + "%'");
	}

	private Map<String, byte[]> files() {
		Map<String, byte[]> files = new TreeMap<>();
		try (Stream<Path> list = Files.list(this.directory)) {
			for (Path path : list.toList()) {
				files.put(path.getFileName().toString(), Files.readAllBytes(path));
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return files;
	}

	private void assertNothingShows() {
		files().forEach((name, content) -> {
			if (!name.endsWith("-lock")) {
				assertThat(new String(content, StandardCharsets.ISO_8859_1)).as(name)
					.doesNotContain("known", "SQLite format", "CREATE TABLE", "heliosdb", "k\0n\0o\0w\0n");
			}
		});
	}

	private void assertUntouched(Map<String, byte[]> before) {
		Map<String, byte[]> after = files();
		assertThat(after.keySet()).isEqualTo(before.keySet());
		after.forEach((name, content) -> assertThat(content).as(name).isEqualTo(before.get(name)));
	}

	private void assertRefused(String parameters, String message) {
		Map<String, byte[]> before = files();
		assertThatExceptionOfType(SQLInvalidAuthorizationSpecException.class).isThrownBy(() -> open(parameters))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("28000"))
			.withMessageContaining("app.db")
			.withMessageContaining(message);
		assertUntouched(before);
	}

	@Test
	void connectionsAgreeOnTheDecryptedPagesThatTheyShare() throws Exception {
		try (Connection connection = open("?key=" + HEX)) {
			fill(connection);
			assertThatExceptionOfType(SQLTransientConnectionException.class)
				.isThrownBy(() -> open("?key=" + HEX + "&encryption_cache_size=1MB"))
				.withMessageContaining("'encryption_cache_size'");
		}
		for (String size : List.of("0", "4KB", "1GB")) {
			String parameters = "?key=" + HEX + "&encryption_cache_size=" + size;
			try (Connection one = open(parameters); Connection other = open(parameters)) {
				for (int i = 0; i < 20; i++) {
					Sql.update(one, "UPDATE known_table SET value = value || 'x' WHERE id % 20 = " + i);
					assertThat(Sql.text(other, "SELECT group_concat(value) FROM known_table"))
						.isEqualTo(Sql.text(one, "SELECT group_concat(value) FROM known_table"));
				}
				assertThat(Sql.text(other, "PRAGMA integrity_check")).isEqualTo("ok");
			}
		}
	}

	@Test
	void everyFileIsEncryptedAtEveryMoment() throws Exception {
		SplittableRandom random = new SplittableRandom(7);
		try (Connection connection = open("?key=" + HEX + "&cache_size=64KB")) {
			fill(connection);
			assertThat(files()).containsKeys("app.db", "app.db-wal", "app.db-history", "app.db-times");
			String[] steps = {
					"INSERT INTO known_table(value) SELECT value || '" + SECRET + "' FROM known_table LIMIT 30",
					"UPDATE known_table SET value = '" + SECRET + "' || value WHERE id % 5 = 2",
					"DELETE FROM known_table WHERE id % 7 = 3", "PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM",
					"CREATE INDEX IF NOT EXISTS known_index ON known_table(value)", "DROP INDEX IF EXISTS known_index",
					"SELECT value, count(*) FROM known_table GROUP BY value ORDER BY value DESC",
					"CREATE TEMP TABLE IF NOT EXISTS known_temp AS SELECT * FROM known_table, (VALUES(1), (2), (3))",
					"SELECT count(*) FROM known_table AS OF SCN 5", "BEGIN; UPDATE known_table SET value = value || '"
							+ SECRET + "'; SAVEPOINT s; DELETE FROM known_table; ROLLBACK TO s; ROLLBACK" };
			for (int i = 0; i < 60; i++) {
				try (Statement statement = connection.createStatement()) {
					statement.execute(steps[random.nextInt(steps.length)]);
				}
				assertNothingShows();
			}
			assertThat(Sql.text(connection, "PRAGMA temp_store")).isEqualTo("2");
			Sql.rows(connection, "PRAGMA temp_store=FILE");
			assertThat(Sql.text(connection, "PRAGMA temp_store")).isEqualTo("2");
			assertThat(Sql.text(connection, "PRAGMA integrity_check")).isEqualTo("ok");
		}
		assertNothingShows();
	}

	@Test
	void thePastIsReadFromWhatIsEncrypted() throws Exception {
		try (HeliosDataSource source = new HeliosDataSource(url("?key=" + HEX));
				TimeTravel travel = new TimeTravel(source);
				Connection connection = source.getConnection()) {
			fill(connection);
			travel.tag("full");
			Sql.update(connection, "DELETE FROM known_table");
			Sql.rows(connection, "PRAGMA wal_checkpoint");
			assertThat(Sql.number(connection, "SELECT count(*) FROM known_table AS OF TAG 'full'")).isEqualTo(20);
			travel.restoreTables(PointInTime.tag("full"), "known_table");
			assertThat(count(connection)).isEqualTo(20);
			assertNothingShows();
		}
		try (Connection past = open("?as_of=tag:full&key=" + HEX)) {
			assertThat(count(past)).isEqualTo(20);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "raw", "hex", "base64", "base64url", "hex with a newline" })
	void aKeyFileHasBytesOrText(String kind) throws Exception {
		try (Connection connection = open("?key=" + HEX)) {
			fill(connection);
		}
		Path file = this.directory.resolve("app.key");
		Files.write(file, switch (kind) {
			case "raw" -> RAW;
			case "hex" -> HEX.getBytes(StandardCharsets.US_ASCII);
			case "base64" -> Base64.getEncoder().encode(RAW);
			case "base64url" -> Base64.getUrlEncoder().withoutPadding().encode(RAW);
			default -> (HEX + "\r\n").getBytes(StandardCharsets.US_ASCII);
		});
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
		try (Connection connection = open("?key_file=" + file);
				Connection same = open("?key=" + Base64.getEncoder().encodeToString(RAW))) {
			assertThat(count(connection)).isEqualTo(20);
			assertThat(count(same)).isEqualTo(20);
		}
	}

	@Test
	void aKeyFileThatOthersMayReadIsWarnedOf() throws Exception {
		Path file = Files.write(this.directory.resolve("app.key"), RAW);
		try (LoggedWarnings warnings = new LoggedWarnings(KeySource.class)) {
			Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
			open("?key_file=" + file).close();
			assertThat(warnings.messages()).isEmpty();
			Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
			open("?key_file=" + file).close();
			assertThat(warnings.messages()).singleElement().asString().contains(file.toString()).contains("chmod 600");
		}
	}

	@Test
	void aPassphraseOpensWhatItMade() throws Exception {
		try (Connection connection = open("?passphrase=correct%20horse")) {
			fill(connection);
			EncryptionStatus status = connection.unwrap(HeliosConnection.class).getDatabaseStatus().encryption();
			assertThat(status.cipher()).isEqualTo("AES-256-GCM");
			assertThat(status.keyDerivation()).isEqualTo("PBKDF2-HMAC-SHA-256, 600000 iterations");
		}
		assertNothingShows();
		assertRefused("?passphrase=correct%20horsf", "cannot be decrypted with this key");
		assertRefused("?key=" + HEX, "cannot be decrypted with this key");
		try (Connection connection = open("?passphrase=correct%20horse")) {
			assertThat(count(connection)).isEqualTo(20);
		}
	}

	@Test
	void aProviderIsAskedOncePerOpening() throws Exception {
		AtomicInteger calls = new AtomicInteger();
		List<EncryptionKey> handedOut = new ArrayList<>();
		EncryptionKeyProvider provider = (database) -> {
			assertThat(database).isEqualTo(this.directory.toRealPath().resolve("app.db").toString());
			calls.incrementAndGet();
			EncryptionKey key = EncryptionKey.ofRawKey(RAW);
			handedOut.add(key);
			return key;
		};
		for (int i = 1; i <= 2; i++) {
			try (HeliosDataSource source = new HeliosDataSource(url(""), new Properties(), provider, null);
					Connection one = source.getConnection();
					Connection two = source.getConnection()) {
				fill(one);
				assertThat(count(two)).isEqualTo(20 * i);
				assertThat(source.getDatabaseStatus().encryption())
					.isEqualTo(new EncryptionStatus("AES-256-GCM", "HKDF-SHA-256"));
			}
			assertThat(calls).hasValue(i);
		}
		assertThat(handedOut).allSatisfy((key) -> assertThatIllegalStateException().isThrownBy(key::toDatabaseKey));
		EncryptionKeyProvider broken = (database) -> {
			throw new IOException("the key service does not answer");
		};
		try (HeliosDataSource source = new HeliosDataSource(url(""), new Properties(), broken, null)) {
			assertThatExceptionOfType(SQLInvalidAuthorizationSpecException.class).isThrownBy(source::getConnection)
				.withMessageContaining("the key service does not answer");
		}
	}

	@Test
	void aWrongOrMissingKeyLeavesEveryByte() throws Exception {
		try (Connection connection = open("?key=" + HEX)) {
			fill(connection);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> open("?key=" + OTHER))
				.withMessageContaining("cannot be decrypted with this key");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> open(""))
				.withMessageContaining("no key was given");
		}
		assertRefused("?key=" + OTHER, "cannot be decrypted with this key");
		assertRefused("?key=" + OTHER + "&read_only=true", "cannot be decrypted with this key");
		assertRefused("", "is encrypted, and no key was given");
		assertRefused("?history=off", "is encrypted, and no key was given");
	}

	@Test
	void aPlainDatabaseIsNotOpenedWithAKey() throws Exception {
		try (Connection connection = open("")) {
			fill(connection);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> open("?key=" + HEX))
				.withMessageContaining("is not encrypted, and a key was given");
		}
		assertRefused("?key=" + HEX, "is not encrypted, and a key was given");
	}

	@Test
	void aKeyThatIsNoneIsRefusedWithoutBeingQuoted() throws Exception {
		for (String value : new String[] { "tooshort", "g".repeat(64), "!".repeat(44), "" }) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> open("?key=" + value))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22023"))
				.withMessageContaining("64 hexadecimal digits")
				.satisfies((ex) -> assertThat(value.isEmpty() || !ex.toString().contains(value)).isTrue());
		}
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> open("?passphrase="))
			.withMessageContaining("at least one character");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> open("?key=" + HEX + "&passphrase=sesame"))
			.withMessageContaining("'key' and parameter 'passphrase'")
			.withMessageNotContainingAny(HEX, "sesame");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> open("?key_file=" + this.directory.resolve("none.key")))
			.withMessageContaining("none.key")
			.withMessageContaining("cannot be read");
		Path file = Files.writeString(this.directory.resolve("bad.key"), "not a key at all");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> open("?key_file=" + file))
			.withMessageContaining("holds no key")
			.withMessageNotContaining("not a key at all");
		assertThat(Files.exists(this.directory.resolve("app.db"))).isFalse();
		assertThatIllegalArgumentException().isThrownBy(() -> EncryptionKey.ofRawKey(new byte[31]));
	}

	@Test
	void noKeyIsInWhatTheDriverTells() throws Exception {
		List<Query> heard = new ArrayList<>();
		QueryListener listener = new QueryListener() {

			@Override
			public boolean isListening() {
				return true;
			}

			@Override
			public Object queryStarted(Query query) {
				heard.add(query);
				return null;
			}

			@Override
			public void queryFinished(Query query, Object context, long durationNanos, SQLException failure) {
				heard.add(query);
			}

		};
		Properties properties = new Properties();
		properties.setProperty("key", HEX);
		for (DriverPropertyInfo info : new HeliosDriver().getPropertyInfo(url(""), properties)) {
			assertThat(info.value).isNotEqualTo(HEX);
		}
		try (HeliosDataSource source = new HeliosDataSource(url(""), properties, listener);
				Connection connection = source.getConnection()) {
			assertThat(source.toString() + connection + connection.getMetaData().getURL() + source.getDatabaseStatus())
				.doesNotContain(HEX);
			try (Statement statement = connection.createStatement()) {
				assertThatExceptionOfType(SQLException.class)
					.isThrownBy(() -> statement.execute("PRAGMA heliosdb_rekey = '" + OTHER + "' '" + OTHER + "'"))
					.withMessageNotContaining(OTHER);
				assertThatExceptionOfType(SQLException.class)
					.isThrownBy(() -> statement.execute("PRAGMA heliosdb_rekey = 'sesame'"))
					.withMessageNotContaining("sesame");
				statement.execute("PRAGMA heliosdb_rekey = '" + OTHER + "'");
			}
			assertThat(heard).isNotEmpty().allSatisfy((query) -> assertThat(query.toString()).doesNotContain(OTHER));
		}
		assertThat(EncryptionKey.ofRawKey(RAW).toString()).isEqualTo("EncryptionKey[raw key]");
	}

	@ParameterizedTest
	@ValueSource(strings = { "key_file", "passphrase" })
	void noKeyIsInTheHeapOnceTheDatabaseIsClosed(String kind) throws Exception {
		boolean isPassphrase = kind.equals("passphrase");
		byte[] given = new byte[EncryptionKey.RAW_BYTES];
		new SecureRandom().nextBytes(given);
		if (isPassphrase) {
			given = HexFormat.of()
				.formatHex(given)
				.substring(0, EncryptionKey.RAW_BYTES)
				.getBytes(StandardCharsets.US_ASCII);
		}
		Path file = this.directory.resolve("app.key");
		Files.write(file, given);
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
		Map<String, byte[]> keys = new TreeMap<>(
				Map.of("given", given, "given, in characters", DerivedKeys.characters(given)));
		try (ChildJvm child = ChildJvm.start(List.of("-Xmx96m"), HeapDumper.class, this.directory.toString(), kind)) {
			assertThat(child.readLine()).isEqualTo("open");
			addDerived(keys, given, isPassphrase);
			assertThat(inHeap("open", keys)).as("while it is open, which shows that the search finds them")
				.contains(isPassphrase ? "given, in characters" : "given", "app.db, master", "app.db-history, master",
						"app.db, units of kind 2");
			child.writeLine("go on");
			assertThat(child.readLine()).isEqualTo("closed");
		}
		addDerived(keys, given, isPassphrase);
		assertThat(inHeap("closed", keys)).isEmpty();
	}

	private void addDerived(Map<String, byte[]> keys, byte[] given, boolean isPassphrase) throws Exception {
		for (String database : List.of("app.db", "app.db-history")) {
			DerivedKeys.of(this.directory.resolve(database), given, isPassphrase)
				.forEach((name, key) -> keys.put(database + ", " + name, key));
		}
	}

	/** The names of those keys that a heap dump has. */
	private List<String> inHeap(String dump, Map<String, byte[]> keys) throws IOException {
		byte[] content = Files.readAllBytes(this.directory.resolve(dump + ".hprof"));
		return keys.entrySet()
			.stream()
			.filter((entry) -> DerivedKeys.contains(content, entry.getValue()))
			.map(Map.Entry::getKey)
			.toList();
	}

	/**
	 * The process whose heap is dumped, with what nobody refers to any more: the first
	 * time while the database is open, then when it was opened and closed once more.
	 */
	static final class HeapDumper {

		private HeapDumper() {
		}

		public static void main(String[] arguments) throws Exception {
			Path folder = Path.of(arguments[0]);
			try (HeliosDataSource source = source(folder, arguments[1]);
					Connection connection = source.getConnection()) {
				fill(connection);
				dump(folder, "open");
				System.in.read();
			}
			try (HeliosDataSource source = source(folder, arguments[1]);
					Connection connection = source.getConnection()) {
				fill(connection);
			}
			dump(folder, "closed");
		}

		private static HeliosDataSource source(Path folder, String kind) throws SQLException {
			Path file = folder.resolve("app.key");
			String url = "jdbc:heliosdb:" + folder.resolve("app.db");
			return kind.equals("passphrase")
					? new HeliosDataSource(url, new Properties(), (database) -> passphrase(file), null)
					: new HeliosDataSource(url + "?key_file=" + file, new Properties(), null, null);
		}

		private static EncryptionKey passphrase(Path file) throws IOException {
			byte[] bytes = Files.readAllBytes(file);
			char[] characters = new char[bytes.length];
			for (int i = 0; i < bytes.length; i++) {
				characters[i] = (char) bytes[i];
			}
			EncryptionKey key = EncryptionKey.ofPassphrase(characters);
			Arrays.fill(bytes, (byte) 0);
			Arrays.fill(characters, '\0');
			return key;
		}

		private static void dump(Path folder, String moment) throws IOException {
			HotSpotDiagnosticMXBean diagnostics = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
			diagnostics.dumpHeap(folder.resolve(moment + ".hprof").toString(), false);
			System.out.println(moment);
		}

	}

	@Test
	void whatIsAttachedOrCopiedIsEncryptedUnlessAskedOtherwise() throws Exception {
		Path copy = this.directory.resolve("copy.db");
		Path attached = this.directory.resolve("attached.db");
		Path plain = this.directory.resolve("plain.sqlite");
		try (Connection connection = open("?key=" + HEX)) {
			fill(connection);
			Sql.update(connection, "ATTACH '" + attached + "' AS other");
			Sql.update(connection, "CREATE TABLE other.known_copy AS SELECT * FROM known_table");
			Sql.update(connection, "VACUUM INTO '" + copy + "'");
			assertNothingShows();
			Sql.update(connection, "VACUUM INTO 'file:" + plain + "?vfs=heliosdb'");
		}
		try (Connection connection = DriverManager.getConnection("jdbc:heliosdb:" + copy + "?key=" + HEX)) {
			assertThat(count(connection)).isEqualTo(20);
		}
		try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + plain)) {
			assertThat(count(connection)).isEqualTo(20);
		}
	}

	@Test
	void thePragmaChangesTheKeyOfTheOnlyConnection() throws Exception {
		try (Connection connection = open("?key=" + HEX)) {
			fill(connection);
			connection.unwrap(HeliosConnection.class)
				.createFunction("twice", 1, (arguments) -> arguments.getLong(0) * 2);
			Sql.update(connection, "DELETE FROM known_table WHERE id > 10");
			try (Connection other = open("?key=" + HEX)) {
				assertThatExceptionOfType(SQLException.class)
					.isThrownBy(() -> Sql.rows(other, "PRAGMA heliosdb_rekey = '" + OTHER + "'"))
					.withMessageContaining("1 other connections are open");
			}
			connection.setAutoCommit(false);
			Sql.update(connection, "DELETE FROM known_table WHERE id = 1");
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> Sql.rows(connection, "PRAGMA heliosdb_rekey = '" + OTHER + "'"))
				.withMessageContaining("in a transaction");
			connection.rollback();
			connection.setAutoCommit(true);
			assertThat(Sql.text(connection, "PRAGMA heliosdb_rekey = '" + OTHER + "'")).isEqualTo("ok");
			assertThat(count(connection)).isEqualTo(10);
			assertThat(Sql.number(connection, "SELECT twice(21)")).isEqualTo(42);
			assertThat(Sql.number(connection, "SELECT count(*) FROM known_table AS OF SCN "
					+ (Sql.number(connection, "SELECT heliosdb_scn()") - 1)))
				.isEqualTo(20);
			Sql.update(connection, "INSERT INTO known_table(value) VALUES(?)", SECRET);
			assertNothingShows();
			try (PreparedStatement rekey = connection.prepareStatement("PRAGMA main.heliosdb_rekey(?)")) {
				rekey.setBytes(1, RAW);
				rekey.execute();
			}
			assertThat(count(connection)).isEqualTo(11);
			try (Connection other = open("?key=" + HEX)) {
				assertThat(count(other)).isEqualTo(11);
			}
			assertThat(Sql.text(connection, "PRAGMA heliosdb_rekey = 'passphrase:it''s'")).isEqualTo("ok");
		}
		assertRefused("?key=" + HEX, "cannot be decrypted");
		try (Connection connection = open("?passphrase=it's")) {
			assertThat(count(connection)).isEqualTo(11);
			assertThat(Sql.text(connection, "PRAGMA heliosdb_rekey = 'none'")).isEqualTo("ok");
			assertThat(count(connection)).isEqualTo(11);
		}
		try (Connection stock = DriverManager.getConnection("jdbc:sqlite:" + this.directory.resolve("app.db"))) {
			assertThat(count(stock)).isEqualTo(11);
		}
	}

	@Test
	void aPlainDatabaseIsEncryptedDecryptedAndCopied() throws Exception {
		try (Connection connection = open("")) {
			fill(connection);
		}
		List<Long> steps = new ArrayList<>();
		DatabaseEncryption.Progress heard = (pages, of) -> steps.add(pages);
		assertThat(DatabaseEncryption.of(url("")).encrypt(EncryptionKey.ofRawKey(RAW), heard)).isFalse();
		assertThat(steps).isNotEmpty();
		assertNothingShows();
		try (Connection connection = open("?key=" + HEX)) {
			assertThat(count(connection)).isEqualTo(20);
			Sql.update(connection, "DELETE FROM known_table");
			Sql.rows(connection, "PRAGMA heliosdb_tag = 'empty'");
		}
		Path copy = this.directory.resolve("copy.db");
		DatabaseEncryption encryption = DatabaseEncryption.of(url("?key=" + HEX));
		assertThat(encryption.copyTo(copy, EncryptionKey.ofPassphrase("copy".toCharArray()), heard)).isTrue();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> encryption.copyTo(copy, null, heard))
			.withMessageContaining("exists");
		assertNothingShows();
		try (Connection connection = DriverManager.getConnection("jdbc:heliosdb:" + copy + "?passphrase=copy")) {
			assertThat(Sql.number(connection, "SELECT count(*) FROM known_table AS OF TAG 'empty'")).isZero();
			fill(connection);
		}
		Map<String, byte[]> before = files();
		assertThatIllegalStateException()
			.isThrownBy(() -> encryption.encrypt(EncryptionKey.ofRawKey(new byte[32]), (pages, of) -> {
				throw new IllegalStateException("cancelled");
			}))
			.withMessage("cancelled");
		assertThat(files().get("app.db")).isEqualTo(before.get("app.db"));
		assertThat(encryption.decrypt(heard)).isTrue();
		try (Connection connection = open("")) {
			assertThat(Sql.number(connection, "SELECT count(*) FROM known_table")).isZero();
			assertThat(Sql.number(connection, "SELECT count(*) FROM known_table AS OF TAG 'empty'")).isZero();
			fill(connection);
		}
		assertThat(DatabaseEncryption.of(url("")).encrypt(EncryptionKey.ofRawKey(RAW))).isTrue();
		try (Connection connection = open("?key=" + HEX)) {
			assertThat(Sql.number(connection, "SELECT count(*) FROM known_table AS OF TAG 'empty'")).isZero();
			assertThat(count(connection)).isEqualTo(20);
		}
		assertNothingShows();
	}

	@Test
	void aKilledChangeOfTheKeyIsUndoneOrCompleted() throws Exception {
		try (Connection connection = open("?key=" + HEX)) {
			fill(connection);
			Sql.rows(connection, "PRAGMA heliosdb_tag = 'full'");
			Sql.update(connection, "INSERT INTO known_table(value) SELECT hex(randomblob(3000)) FROM known_table a, "
					+ "known_table b, (VALUES (1), (2), (3))");
		}
		SplittableRandom random = new SplittableRandom(3);
		String present = HEX;
		String next = OTHER;
		int changed = 0;
		for (int round = 0; round < Integer.getInteger("heliosdb.rekey-rounds", 6); round++) {
			try (ChildJvm child = ChildJvm.start(Rekeyer.class, url("?key=" + present), next)) {
				int steps = random.nextInt(1, 40);
				for (String line = child.readLine(); line != null && --steps > 0;) {
					line = child.readLine();
				}
				child.kill();
			}
			String found;
			try {
				open("?key=" + next).close();
				found = next;
			}
			catch (SQLInvalidAuthorizationSpecException ex) {
				found = present;
			}
			if (found.equals(next)) {
				next = present;
				present = found;
				changed++;
			}
			try (Connection connection = open("?key=" + present)) {
				assertThat(count(connection)).isEqualTo(20);
				assertThat(Sql.number(connection, "SELECT count(*) FROM known_table AS OF TAG 'full'")).isEqualTo(20);
				assertThat(Sql.text(connection, "PRAGMA integrity_check")).isEqualTo("ok");
			}
			assertThat(files().keySet()).noneMatch((name) -> name.contains("-rekey"));
			assertNothingShows();
		}
		assertThat(changed).isLessThanOrEqualTo(Integer.getInteger("heliosdb.rekey-rounds", 6));
	}

	/** The process that is killed while it changes the key. */
	static final class Rekeyer {

		private Rekeyer() {
		}

		public static void main(String[] arguments) throws Exception {
			try (EncryptionKey key = EncryptionKey.ofText(arguments[1].toCharArray())) {
				DatabaseEncryption.of(arguments[0]).encrypt(key, (pages, of) -> System.out.println(pages));
			}
			System.out.println("done");
		}

	}

}
