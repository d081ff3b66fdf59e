package io.heliosdb.integration.docs;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.heliosdb.boot.timetravel.TableHistory;
import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.boot.vector.HeliosVectorStore;
import io.heliosdb.boot.vector.VectorRepository;
import io.heliosdb.boot.vector.VectorSearchRepository;
import io.heliosdb.jdbc.AggregateFunction;
import io.heliosdb.jdbc.FunctionArguments;
import io.heliosdb.jdbc.HeliosDataSource;
import io.heliosdb.jdbc.PointInTime;
import io.heliosdb.jdbc.RowOperation;
import io.heliosdb.jdbc.VectorCollection;
import io.heliosdb.jdbc.VectorCollectionDefinition;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorMetric;
import io.heliosdb.jdbc.VectorQuery;
import io.heliosdb.jdbc.VectorSearch;
import io.heliosdb.jdbc.VectorTable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.AbstractEmbeddingModel;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.vectorstore.VectorStore;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What the samples of the documents take for granted: the variables that their fragments
 * name, the types of the reader's application, and a database with tables and a past.
 */
public abstract class SampleContext {

	/** Dimensions of the documents' vectors. */
	static final int DIMENSIONS = 384;

	private static final int COMMITS = 50;

	private static final List<String> TAGS = List.of("before-import", "before-upgrade", "year-end");

	private static final String TABLES = """
			CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
			CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
			CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT);
			CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), total REAL);
			CREATE TABLE region (code TEXT PRIMARY KEY, name TEXT);
			CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, country TEXT, population INTEGER);
			CREATE TABLE product (id INTEGER PRIMARY KEY, sku TEXT UNIQUE, name TEXT, price REAL, attributes TEXT,
				embedding VECTOR(384));
			INSERT INTO customers VALUES (1, 'Ada');
			INSERT INTO customer VALUES (1, 'Ada');
			INSERT INTO orders VALUES (7, 1, 10);
			INSERT INTO region VALUES ('PT.14', 'Lisbon');
			INSERT INTO city VALUES (2267057, 'Lisbon', 'PT', 500000), (2735943, 'Porto', 'PT', 230000);
			INSERT INTO product VALUES (1, 'A-1', 'Shoe', 45, '{}', vec_f32('[%s]'));
			""".formatted("1, ".repeat(DIMENSIONS - 1) + "0");

	protected DataSource dataSource;

	protected Connection connection;

	protected JdbcClient jdbc;

	protected TimeTravelRepository timeTravel;

	protected VectorSearchRepository vectors;

	/** For a database that is made for the sample, the moment when it was. */
	protected Instant yesterday;

	protected final long id = 1;

	protected final String text = "The fox jumps";

	protected final float[] embedding = embed(this.text);

	protected final byte[] bytes = new byte[32];

	protected final byte[] newKey = new byte[32];

	protected final Logger log = LoggerFactory.getLogger("sample");

	protected PointInTime point;

	protected PointInTime from;

	protected PointInTime to;

	protected TableHistory<City> cities;

	protected VectorSearch search;

	protected VectorCollection docs;

	protected VectorRepository<Product> products;

	protected VectorStore store;

	protected final List<VectorDocument> documents = List
		.of(VectorDocument.of("1", this.text, Map.of("lang", "en", "year", 2026), this.embedding));

	protected final VectorQuery query = VectorQuery.of(this.embedding);

	/** The fragment. */
	public void run() throws Exception {
	}

	/** Makes the database. */
	final void open(Path folder, String code) throws SQLException {
		this.dataSource = new HeliosDataSource("jdbc:heliosdb:" + folder.resolve("app.db"));
		this.connection = this.dataSource.getConnection();
		fill(this.connection);
		this.yesterday = Instant.now();
		// A sample that names a point does so the first time.
		for (String tag : TAGS) {
			if (code.contains("timeTravel.tag(\"" + tag)) {
				setTag(this.connection, tag, false);
			}
		}
		this.jdbc = JdbcClient.create(this.dataSource);
		this.timeTravel = new TimeTravelRepository(this.dataSource);
		this.vectors = new VectorSearchRepository(this.dataSource);
		this.point = PointInTime.tag("before-import");
		this.from = this.point;
		this.to = PointInTime.now();
		this.cities = this.timeTravel.table("city", City.class);
		this.search = new VectorSearch(this.dataSource);
		this.products = this.vectors.table(VectorTable.of("product", "sku", "embedding", VectorMetric.COSINE),
				Product.class);
		this.docs = this.search.createCollection(VectorCollectionDefinition.of("passages", DIMENSIONS));
		this.store = HeliosVectorStore.builder(this.vectors, new HashEmbeddingModel()).build();
		((HeliosVectorStore) this.store).afterPropertiesSet();
	}

	/** What a class of the documents gets in its constructor. */
	final Object bean(Class<?> type) {
		return Stream.of(this.jdbc, this.timeTravel, this.vectors).filter(type::isInstance).findFirst().orElseThrow();
	}

	final void close() throws SQLException {
		this.connection.close();
	}

	/** Tables with some rows, and fifty commits more, of which some have tags. */
	static void fill(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			for (String table : TABLES.split(";\n")) {
				statement.execute(table);
			}
			for (int i = 0; i < COMMITS; i++) {
				statement.execute("UPDATE city SET population = population + 1000 WHERE id = 2267057");
			}
			for (String tag : TAGS) {
				setTag(connection, tag, true);
			}
			statement.execute("UPDATE city SET population = population / 2");
			statement.execute("DELETE FROM city WHERE id = 2735943");
			statement.execute("DELETE FROM orders");
		}
	}

	/** Gives a name to the newest point, or takes it away. */
	static void setTag(Connection connection, String tag, boolean named) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute("PRAGMA " + (named ? "heliosdb_tag" : "heliosdb_untag") + " = '" + tag + "'");
		}
	}

	/** A vector that has something to do with a text. */
	public static float[] embed(String text) {
		Random random = new Random(text.hashCode());
		float[] vector = new float[DIMENSIONS];
		for (int i = 0; i < DIMENSIONS; i++) {
			vector[i] = random.nextFloat() - 0.5f;
		}
		return vector;
	}

	public static String slug(String text) {
		return text.toLowerCase().replace(' ', '-');
	}

	public static void audit(RowOperation operation, City before, City after) {
	}

	/** What a document leaves out. */
	public static <T> T elided() {
		throw new Elided();
	}

	/** Stands where a document leaves something out. */
	public static final class Elided extends RuntimeException {

		private static final long serialVersionUID = 1;

	}

	/** README.md asks by a vector, the guide by a text. */
	public abstract static class Readme extends SampleContext {

		protected final float[] question = embed("What does the fox do?");

	}

	public abstract static class Guide extends SampleContext {

		protected final String question = "What does the fox do?";

	}

	public record Note(long id, String text) {
	}

	public record City(long id, String name, String country, long population) {
	}

	public record Product(String sku, String name, double price) {
	}

	public record Balance(long cents) {
	}

	public record Request(Instant since) {
	}

	public static final class Median implements AggregateFunction<List<Double>> {

		@Override
		public List<Double> start() {
			return new java.util.ArrayList<>();
		}

		@Override
		public List<Double> add(List<Double> state, FunctionArguments arguments) throws SQLException {
			state.add(arguments.getDouble(0));
			return state;
		}

		@Override
		public Object result(List<Double> state) {
			return state.isEmpty() ? null : state.stream().sorted().toList().get(state.size() / 2);
		}

	}

	/** The shape of a key management service's client. */
	public interface KmsClient {

		Plaintext decrypt(Consumer<DecryptRequest> request);

	}

	public interface DecryptRequest {

		DecryptRequest ciphertextBlob(SdkBytes blob);

	}

	public interface Plaintext {

		SdkBytes plaintext();

	}

	public record SdkBytes(byte[] asByteArray) {

		public static SdkBytes fromByteArray(byte[] bytes) {
			return new SdkBytes(bytes);
		}

	}

	private static final class HashEmbeddingModel extends AbstractEmbeddingModel {

		@Override
		public EmbeddingResponse call(EmbeddingRequest request) {
			return new EmbeddingResponse(request.getInstructions()
				.stream()
				.map((text) -> new Embedding(SampleContext.embed(text), 0))
				.toList());
		}

		@Override
		public float[] embed(Document document) {
			return SampleContext.embed(document.getText());
		}

		@Override
		public int dimensions() {
			return DIMENSIONS;
		}

	}

}
