package io.heliosdb.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Tests for {@link DatabaseKey} and the encryption that it switches on. */
class DatabaseKeyTests {

	private static final String SECRET = "a known text that no file may show";

	@TempDir
	private Path directory;

	private Path file;

	@BeforeEach
	void load() throws Exception {
		Engine.load(Path.of("target", "test-engine"));
		this.file = this.directory.resolve("app.db");
	}

	private static byte[] rawKey(int seed) {
		byte[] key = new byte[DatabaseKey.BYTES];
		Arrays.fill(key, (byte) seed);
		return key;
	}

	private NativeConnection open(String vfs) throws NativeException {
		return open(this.file, "", vfs);
	}

	private NativeConnection open(Path path, String parameters, String vfs) throws NativeException {
		return NativeConnection.open(
				"file://" + path.toAbsolutePath() + parameters, NativeConnection.OPEN_READWRITE
						| NativeConnection.OPEN_CREATE | NativeConnection.OPEN_NOMUTEX | NativeConnection.OPEN_URI,
				vfs);
	}

	private static String run(NativeConnection connection, String sql) throws NativeException {
		byte[] text = sql.getBytes(StandardCharsets.UTF_8);
		NativeStatement statement = connection.prepare(text, 0);
		Rows rows = new Rows();
		statement.execute(new Parameters(), rows, Rows.CAPACITY, 0, connection.nextTicket());
		String value = (rows.columnCount() > 0 && rows.next() && rows.type(0) != Rows.NULL)
				? (rows.type(0) == Rows.INTEGER) ? String.valueOf(rows.longValue(0)) : rows.text(0) : null;
		statement.close();
		return value;
	}

	private static void fill(NativeConnection connection) throws NativeException {
		run(connection, "PRAGMA journal_mode=WAL");
		run(connection, "CREATE TABLE IF NOT EXISTS known_table(id INTEGER PRIMARY KEY, value)");
		for (int i = 0; i < 50; i++) {
			run(connection, "INSERT INTO known_table(value) VALUES('" + SECRET + i + "' || hex(randomblob(500)))");
		}
	}

	private static String count(NativeConnection connection) throws NativeException {
		return run(connection, "SELECT count(*) FROM known_table WHERE value LIKE '" + SECRET + "%'");
	}

	private Map<String, byte[]> files() throws IOException {
		Map<String, byte[]> files = new TreeMap<>();
		try (Stream<Path> list = Files.list(this.directory)) {
			for (Path path : list.toList()) {
				files.put(path.getFileName().toString(), Files.readAllBytes(path));
			}
		}
		return files;
	}

	private void assertNothingShows() throws IOException {
		files().forEach((name, content) -> {
			String text = new String(content, StandardCharsets.ISO_8859_1);
			assertThat(text).as(name).doesNotContain("known", "SQLite format", "CREATE TABLE");
		});
	}

	private static void assertCode(int code, NativeAction action) {
		assertThatExceptionOfType(NativeException.class).isThrownBy(action::run)
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo(code));
	}

	@FunctionalInterface
	private interface NativeAction {

		void run() throws NativeException;

	}

	@Test
	void everyFileIsEncryptedAndReadAgain() throws Exception {
		try (DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1))) {
			NativeConnection connection = open(this.file, "?heliosdb_history=on", key.vfs());
			fill(connection);
			assertThat(files()).containsKeys("app.db", "app.db-wal");
			assertNothingShows();
			connection.checkpoint(NativeConnection.CHECKPOINT_PASSIVE);
			fill(connection);
			assertThat(files()).containsKeys("app.db", "app.db-history", "app.db-history-wal", "app.db-times");
			assertNothingShows();
			run(connection, "VACUUM INTO '" + this.directory.resolve("copy.db") + "'");
			connection.close();
			assertNothingShows();
			for (String name : new String[] { "app.db", "copy.db" }) {
				NativeConnection again = open(this.directory.resolve(name), "", key.vfs());
				assertThat(count(again)).isEqualTo("100");
				assertThat(run(again, "PRAGMA integrity_check")).isEqualTo("ok");
				again.close();
			}
		}
	}

	@Test
	void thePastIsEncryptedToo() throws Exception {
		try (DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1))) {
			NativeConnection connection = open(this.file, "?heliosdb_history=on", key.vfs());
			fill(connection);
			String scn = run(connection, "SELECT max(scn) FROM heliosdb_commits");
			run(connection, "DELETE FROM known_table");
			connection.checkpoint(NativeConnection.CHECKPOINT_PASSIVE);
			NativeConnection past = open(this.file, "?heliosdb_as_of=" + scn, key.vfs());
			assertThat(count(past)).isEqualTo("50");
			past.close();
			assertThatExceptionOfType(NativeException.class)
				.isThrownBy(() -> open(this.file, "?heliosdb_as_of=" + scn, NativeConnection.FILE_VFS));
			connection.close();
			assertNothingShows();
		}
	}

	@Test
	void aWrongOrMissingKeyLeavesEveryByte() throws Exception {
		try (DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1)); DatabaseKey wrong = DatabaseKey.ofRawKey(rawKey(2))) {
			NativeConnection connection = open(this.file, "?heliosdb_history=on", key.vfs());
			fill(connection);
			connection.close();
			Map<String, byte[]> before = files();
			assertCode(DatabaseKey.WRONG_KEY, () -> open(wrong.vfs()));
			assertCode(DatabaseKey.KEY_MISSING, () -> open(NativeConnection.FILE_VFS));
			try (DatabaseKey passphrase = DatabaseKey.ofPassphrase("1".toCharArray(), 1000)) {
				assertCode(DatabaseKey.WRONG_KEY, () -> open(passphrase.vfs()));
			}
			Map<String, byte[]> after = files();
			assertThat(after.keySet()).isEqualTo(before.keySet());
			after.forEach((name, content) -> assertThat(content).isEqualTo(before.get(name)));
		}
	}

	@Test
	void aPlainDatabaseIsNotOpenedWithAKey() throws Exception {
		NativeConnection plain = open(NativeConnection.FILE_VFS);
		fill(plain);
		plain.close();
		try (DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1))) {
			assertCode(DatabaseKey.NOT_ENCRYPTED, () -> open(key.vfs()));
		}
	}

	@Test
	void aDatabaseIsNotOpenInTwoWaysAtOnce() throws Exception {
		try (DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1))) {
			NativeConnection connection = open(key.vfs());
			fill(connection);
			assertCode(5, () -> open(NativeConnection.FILE_VFS));
			connection.close();
		}
	}

	@Test
	void aPassphraseOpensWhatItMade() throws Exception {
		try (DatabaseKey key = DatabaseKey.ofPassphrase("correct horse".toCharArray(), 2000)) {
			NativeConnection connection = open(key.vfs());
			fill(connection);
			connection.close();
		}
		try (DatabaseKey key = DatabaseKey.ofPassphrase("correct horse".toCharArray(), 5000);
				DatabaseKey wrong = DatabaseKey.ofPassphrase("correct horsf".toCharArray(), 2000)) {
			assertCode(DatabaseKey.WRONG_KEY, () -> open(wrong.vfs()));
			NativeConnection connection = open(key.vfs());
			assertThat(count(connection)).isEqualTo("50");
			connection.close();
		}
	}

	@Test
	void aFlippedBitIsReported() throws Exception {
		try (DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1))) {
			NativeConnection connection = open(key.vfs());
			fill(connection);
			connection.close();
			byte[] content = Files.readAllBytes(this.file);
			for (int page = 1; page < content.length / 4096; page++) {
				byte[] damaged = content.clone();
				damaged[page * 4096 + page * 97 % 4096] ^= 4;
				Files.write(this.file, damaged);
				assertCode(DatabaseKey.DAMAGED, () -> {
					NativeConnection again = open(key.vfs());
					try {
						run(again, "SELECT sum(length(value)) FROM known_table");
					}
					finally {
						again.close();
					}
				});
			}
		}
	}

	@Test
	void manyThreadsReadAndWrite() throws Exception {
		try (DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1))) {
			NativeConnection connection = open(key.vfs());
			fill(connection);
			List<FutureTask<String>> tasks = new ArrayList<>();
			for (int i = 0; i < 8; i++) {
				FutureTask<String> task = new FutureTask<>(() -> {
					NativeConnection own = open(key.vfs());
					own.setBusyTimeout(30_000);
					run(own, "PRAGMA cache_size=5");
					for (int j = 0; j < 50; j++) {
						run(own, "INSERT INTO known_table(value) VALUES('other' || hex(randomblob(2000)))");
						assertThat(count(own)).isEqualTo("50");
					}
					own.close();
					return "done";
				});
				tasks.add(task);
				Thread thread = new Thread(task);
				thread.setDaemon(true);
				thread.start();
			}
			for (FutureTask<String> task : tasks) {
				assertThat(task.get(60, TimeUnit.SECONDS)).isEqualTo("done");
			}
			assertThat(run(connection, "SELECT count(*) FROM known_table")).isEqualTo("450");
			assertThat(run(connection, "PRAGMA integrity_check")).isEqualTo("ok");
			connection.close();
		}
	}

	@Test
	void keysAreWipedWhenNobodyUsesThem() throws Exception {
		DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1));
		NativeConnection connection = open(key.vfs());
		fill(connection);
		key.close();
		key.close();
		assertThat(count(connection)).isEqualTo("50");
		connection.close();
		byte[] check = new byte[8];
		byte[] salt = new byte[16];
		key.derive(0, 0, salt, check);
		assertThat(check).isEqualTo(new DatabaseCipher(new byte[32], salt, null).check());
		assertThatExceptionOfType(NativeException.class).isThrownBy(() -> open(key.vfs()));

		DatabaseCipher cipher = new DatabaseCipher(rawKey(1), salt, new SecureRandom());
		WipedKey unitKey = cipher.key(1, 1);
		PageCipher lane = cipher.lane();
		cipher.wipe();
		assertThatIllegalStateException().isThrownBy(unitKey::getEncoded);
		assertThatIllegalStateException().isThrownBy(() -> lane.open(1, 1, new byte[200], 32, new byte[200]));
	}

	@Test
	void noKeyIsInAMessage() {
		byte[] raw = rawKey(0x5a);
		try (DatabaseKey key = DatabaseKey.ofRawKey(raw)) {
			assertThat(key.toString() + key.vfs()).doesNotContain(HexFormat.of().formatHex(raw, 0, 4));
			assertThat(new WipedKey(raw, "AES").toString()).isEqualTo("a key for AES");
		}
		assertThatIllegalArgumentException().isThrownBy(() -> DatabaseKey.ofRawKey(new byte[31]))
			.withMessage("A raw key has 32 bytes, not 31");
		assertThatIllegalArgumentException().isThrownBy(() -> DatabaseKey.ofPassphrase(new char[0], 1000));
		assertThatIllegalArgumentException().isThrownBy(() -> DatabaseKey.ofPassphrase("x".toCharArray(), 1500));
	}

	@Test
	void aKeyIsChangedAndHistoryGoesOn() throws Exception {
		try (DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1));
				DatabaseKey next = DatabaseKey.ofPassphrase("next".toCharArray(), 1000)) {
			NativeConnection connection = open(this.file, "?heliosdb_history=on", key.vfs());
			fill(connection);
			String scn = run(connection, "SELECT max(scn) FROM heliosdb_commits");
			run(connection, "DELETE FROM known_table");
			connection.close();
			assertCode(5, () -> {
				NativeConnection using = open(key.vfs());
				try {
					changeKey(key, next);
				}
				finally {
					using.close();
				}
			});
			assertCode(DatabaseKey.WRONG_KEY, () -> changeKey(next, key));
			List<Long> pages = new ArrayList<>();
			assertThat(KeyChange.run(this.file, key, next, (done, of) -> pages.add(done))).isTrue();
			assertThat(pages).isNotEmpty();
			assertThat(files()).containsOnlyKeys("app.db", "app.db-history");
			assertNothingShows();
			assertCode(DatabaseKey.WRONG_KEY, () -> open(key.vfs()));
			connection = open(this.file, "?heliosdb_history=on", next.vfs());
			assertThat(count(connection)).isEqualTo("0");
			NativeConnection past = open(this.file, "?heliosdb_as_of=" + scn, next.vfs());
			assertThat(count(past)).isEqualTo("50");
			past.close();
			connection.close();
		}
	}

	@Test
	void aPlainDatabaseIsEncryptedAndDecrypted() throws Exception {
		NativeConnection plain = open(this.file, "?heliosdb_history=on", NativeConnection.FILE_VFS);
		fill(plain);
		plain.close();
		try (DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1))) {
			assertThat(KeyChange.run(this.file, null, key, (pages, of) -> {
			})).isFalse();
			assertThat(files()).containsOnlyKeys("app.db");
			assertNothingShows();
			NativeConnection connection = open(this.file, "?heliosdb_history=on", key.vfs());
			fill(connection);
			assertThat(count(connection)).isEqualTo("100");
			connection.close();
			assertThat(KeyChange.run(this.file, key, null, (pages, of) -> {
			})).isTrue();
			NativeConnection again = open(this.file, "?heliosdb_history=on", NativeConnection.FILE_VFS);
			assertThat(count(again)).isEqualTo("100");
			assertThat(run(again, "PRAGMA integrity_check")).isEqualTo("ok");
			again.close();
			assertThat(KeyChange.run(this.file, null, key, (pages, of) -> {
			})).isTrue();
			assertNothingShows();
		}
	}

	@Test
	void aChangeOfKeyThatIsInterruptedIsUndoneOrCompleted() throws Exception {
		try (DatabaseKey key = DatabaseKey.ofRawKey(rawKey(1)); DatabaseKey next = DatabaseKey.ofRawKey(rawKey(2))) {
			NativeConnection connection = open(this.file, "?heliosdb_history=on", key.vfs());
			fill(connection);
			connection.close();
			Map<String, byte[]> before = files();
			for (int i = 1; i <= 2; i++) {
				int[] left = { i };
				assertThatIllegalStateException().isThrownBy(() -> KeyChange.run(this.file, key, next, (pages, of) -> {
					if (--left[0] == 0) {
						throw new IllegalStateException("enough");
					}
				}));
				assertThat(files().get("app.db")).isEqualTo(before.get("app.db"));
				assertThat(files().get("app.db-history")).isEqualTo(before.get("app.db-history"));
				assertThat(files().keySet()).noneMatch((name) -> name.endsWith("-rekey"));
			}
			KeyChange.run(this.file, key, next, (pages, of) -> {
			});
			// As if it had stopped just after the database was replaced.
			Files.move(this.directory.resolve("app.db-history"), this.directory.resolve("app.db-history-rekey"));
			Files.write(this.directory.resolve("app.db-history"), before.get("app.db-history"));
			KeyChange.finish(this.file);
			assertThat(files()).containsOnlyKeys("app.db", "app.db-history");
			connection = open(this.file, "?heliosdb_history=on", next.vfs());
			assertThat(count(connection)).isEqualTo("50");
			assertThat(run(connection, "SELECT count(*) > 50 FROM heliosdb_commits")).isEqualTo("1");
			connection.close();
		}
	}

	private void changeKey(DatabaseKey from, DatabaseKey to) throws NativeException {
		try {
			KeyChange.run(this.file, from, to, (pages, of) -> {
			});
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

	@Test
	void unitsAreBoundToWhatIsAuthenticated() throws Exception {
		DatabaseCipher cipher = new DatabaseCipher(rawKey(3), new byte[16], new SecureRandom());
		PageCipher lane = cipher.lane();
		byte[] unit = new byte[64 + 100 + 28];
		byte[] plain = unit.clone();
		byte[] found = new byte[unit.length];
		assertThat(lane.seal(1, 1, unit, 100)).isEqualTo(PageCipher.DONE);
		for (int i = 0; i < unit.length; i++) {
			byte[] forged = unit.clone();
			forged[i] ^= 1;
			assertThat(lane.open(1, 1, forged, 100, found)).isEqualTo(PageCipher.FORGED);
		}
		assertThat(lane.open(2, 1, unit.clone(), 100, found)).isEqualTo(PageCipher.FORGED);
		assertThat(lane.open(1, 2, unit.clone(), 100, found)).isEqualTo(PageCipher.FORGED);
		assertThat(lane.open(1, 1, unit, 100, found)).isEqualTo(PageCipher.DONE);
		assertThat(Arrays.copyOf(found, 100)).isEqualTo(Arrays.copyOfRange(plain, 64, 164));
	}

	@Test
	void noNonceIsUsedTwice() throws Exception {
		int units = 1000;
		RunsOfNonces random = new RunsOfNonces();
		PageCipher lane = new DatabaseCipher(rawKey(3), new byte[16], random).lane();
		Set<String> nonces = new HashSet<>();
		for (int i = 0; i < units; i++) {
			byte[] unit = new byte[64 + 32 + 28];
			lane.seal(1 + i % 4, 1, unit, 32);
			nonces.add(HexFormat.of().formatHex(unit, unit.length - 12, unit.length));
		}
		assertThat(nonces).hasSize(units).contains("f".repeat(24), "0".repeat(24), "0".repeat(23) + "1");
		assertThat(random.calls).isEqualTo((units + 127) / 128);
	}

	/** Begins with the nonce 15 before the one where all bytes carry. */
	private static final class RunsOfNonces extends SecureRandom {

		private static final long serialVersionUID = 1L;

		private int calls;

		@Override
		public void nextBytes(byte[] bytes) {
			Arrays.fill(bytes, (byte) ((this.calls == 0) ? 0xff : this.calls));
			bytes[bytes.length - 1] = (byte) ((this.calls == 0) ? 0xf0 : 0);
			this.calls++;
		}

	}

}
