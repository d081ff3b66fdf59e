package io.heliosdb.engine;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Tests for {@link Engine} and what it executes: parameters over, rows back. */
class EngineTests {

	private Engine engine;

	private NativeConnection connection;

	private final Parameters parameters = new Parameters();

	private final Rows rows = new Rows();

	@BeforeEach
	void open() throws Exception {
		this.engine = Engine.load(Path.of("target", "test-engine"));
		this.connection = NativeConnection.open(":memory:",
				NativeConnection.OPEN_READWRITE | NativeConnection.OPEN_CREATE | NativeConnection.OPEN_NOMUTEX, null);
	}

	@AfterEach
	void close() {
		this.connection.close();
	}

	private NativeStatement prepare(String sql) throws NativeException {
		return this.connection.prepare(sql.getBytes(StandardCharsets.UTF_8), 0);
	}

	private int execute(NativeStatement statement) throws NativeException {
		return statement.execute(this.parameters, this.rows, Rows.CAPACITY, 0, this.connection.nextTicket());
	}

	@Test
	void isLoadedOnce() throws Exception {
		assertThat(Engine.load(Path.of("target", "elsewhere"))).isSameAs(this.engine);
		assertThat(this.engine.library()).exists();
		assertThat(this.engine.version()).startsWith("3.");
		assertThat(this.engine.sqliteVersion()).startsWith("3.");
	}

	@Test
	void everyTypeGoesOverAndComesBack() throws NativeException {
		this.parameters.addLong(Long.MIN_VALUE);
		this.parameters.addDouble(1.5);
		this.parameters.addText("\u20ac\0\ud83d\ude00");
		this.parameters.addBlob(new byte[] { 1, 0, -1 });
		this.parameters.addNull();
		this.parameters.addText("");
		this.parameters.addBlob(new byte[0]);
		NativeStatement statement = prepare("SELECT ?, ?, ?, ?, ?, ?, ?");
		assertThat(statement.parameterCount()).isEqualTo(7);
		assertThat(execute(statement)).isEqualTo(NativeStatement.DONE);
		assertThat(this.rows.rowCount()).isOne();
		assertThat(this.rows.columnCount()).isEqualTo(7);
		assertThat(this.rows.next()).isTrue();
		int[] types = { Rows.INTEGER, Rows.FLOAT, Rows.TEXT, Rows.BLOB, Rows.NULL, Rows.TEXT, Rows.BLOB };
		for (int i = 0; i < types.length; i++) {
			assertThat(this.rows.type(i)).isEqualTo(types[i]);
			assertThat(this.rows.isLarge(i)).isFalse();
		}
		assertThat(this.rows.longValue(0)).isEqualTo(Long.MIN_VALUE);
		assertThat(this.rows.doubleValue(1)).isEqualTo(1.5);
		assertThat(this.rows.text(2)).isEqualTo("\u20ac\0\ud83d\ude00");
		assertThat(this.rows.bytes(3)).containsExactly(1, 0, -1);
		assertThat(this.rows.byteLength(3)).isEqualTo(3);
		assertThat(this.rows.text(5)).isEmpty();
		assertThat(this.rows.bytes(6)).isEmpty();
		assertThat(this.rows.hasNext()).isFalse();
		assertThat(this.rows.next()).isFalse();
		statement.close();
		statement.close();
	}

	@Test
	void parametersGrowAndAreTruncated() throws NativeException {
		this.parameters.addText("kept");
		int length = this.parameters.length();
		this.parameters.addBlob(new byte[1_000_000]);
		assertThat(this.parameters.length()).isEqualTo(length + 1_000_005);
		this.parameters.truncate(length);
		assertThat(execute(prepareAndKeep("SELECT ?"))).isEqualTo(NativeStatement.DONE);
		this.rows.next();
		assertThat(this.rows.text(0)).isEqualTo("kept");
		this.parameters.clear();
		assertThat(this.parameters.length()).isZero();
		this.statement.close();
	}

	private NativeStatement statement;

	private NativeStatement prepareAndKeep(String sql) throws NativeException {
		this.statement = prepare(sql);
		return this.statement;
	}

	@Test
	void missingParametersAreRefused() throws NativeException {
		NativeStatement two = prepare("SELECT ?, ?");
		this.parameters.addLong(1);
		assertThatExceptionOfType(NativeException.class).isThrownBy(() -> execute(two))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo(21));
		two.close();
	}

	@Test
	void rowsComeInParts() throws NativeException {
		NativeStatement count = prepare(
				"WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 10000) SELECT x FROM c");
		int code = execute(count);
		assertThat(code).isEqualTo(NativeStatement.ROW);
		long expected = 0;
		int parts = 1;
		while (true) {
			while (this.rows.next()) {
				assertThat(this.rows.longValue(0)).isEqualTo(++expected);
			}
			if (code == NativeStatement.DONE) {
				break;
			}
			code = count.fetch(this.rows, Rows.CAPACITY, 0, this.connection.nextTicket());
			parts++;
		}
		assertThat(expected).isEqualTo(10_000);
		assertThat(parts).isGreaterThan(1);
		count.close();
	}

	@Test
	void largeValueIsReadByParts() throws NativeException {
		NativeStatement blob = prepare("SELECT zeroblob(100000), 7");
		assertThat(execute(blob)).isEqualTo(NativeStatement.ROW);
		this.rows.next();
		assertThat(this.rows.isLarge(0)).isTrue();
		assertThat(this.rows.byteLength(0)).isEqualTo(100_000);
		assertThat(this.rows.longValue(1)).isEqualTo(7);
		byte[] part = new byte[60_000];
		assertThat(blob.readLarge(0, 0, part, 0, part.length)).isEqualTo(60_000);
		assertThat(blob.readLarge(0, 60_000, part, 0, part.length)).isEqualTo(40_000);
		assertThat(blob.readLarge(0, 100_000, part, 0, part.length)).isZero();
		blob.reset();
		assertThat(blob.readLarge(0, 0, part, 0, part.length)).isNegative();
		blob.close();
	}

	@Test
	void batchStopsAtTheFirstFailure() throws NativeException {
		execute(prepareAndKeep("CREATE TABLE t (v UNIQUE)"));
		this.statement.close();
		NativeStatement insert = prepare("INSERT INTO t VALUES (?)");
		for (long value : new long[] { 1, 2, 1, 3 }) {
			this.parameters.addLong(value);
		}
		long[] changes = new long[4];
		NativeStatement.BatchOutcome outcome = insert.executeBatch(this.parameters, 4, changes,
				this.connection.nextTicket());
		assertThat(outcome.executed()).isEqualTo(2);
		assertThat(outcome.failure().code()).isEqualTo(2067);
		assertThat(changes).containsExactly(1, 1, 0, 0);
		insert.close();
	}

	@Test
	void errorsTellCodePlaceAndMessage() {
		assertThatExceptionOfType(NativeException.class).isThrownBy(() -> prepare("SELECT nosuch"))
			.satisfies((ex) -> assertThat(ex.code()).isOne())
			.satisfies((ex) -> assertThat(ex.offset()).isEqualTo(7))
			.withMessageContaining("no such column");
	}

	@Test
	void cancelConcernsOneExecution() throws NativeException {
		NativeStatement one = prepare("SELECT 1");
		this.connection.cancel(1);
		this.connection.cancel(Long.MAX_VALUE);
		assertThat(execute(one)).isEqualTo(NativeStatement.DONE);
		one.close();
	}

	@Test
	void nothingReachesWhatIsClosed() throws NativeException {
		NativeStatement one = prepare("SELECT 1");
		one.close();
		assertThatIllegalStateException().isThrownBy(() -> execute(one));
		this.connection.close();
		this.connection.close();
		this.connection.cancel(1);
		assertThatIllegalStateException().isThrownBy(() -> this.connection.state());
		assertThatIllegalStateException().isThrownBy(() -> prepare("SELECT 1"));
	}

	@Test
	void textOfAReal() {
		assertThat(Rows.realText(0.1)).isEqualTo("0.1");
		assertThat(Rows.realText(1e100)).isEqualTo("1.0e+100");
		assertThat(Rows.realText(-3)).isEqualTo("-3.0");
		assertThat(Rows.realText(Double.NEGATIVE_INFINITY)).isEqualTo("-Inf");
	}

}
