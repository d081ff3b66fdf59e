package io.heliosdb.jdbc;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

import io.heliosdb.jdbc.VectorFilter.Comparison;
import io.heliosdb.jdbc.VectorFilter.In;
import io.heliosdb.jdbc.VectorFilter.IsNull;
import io.heliosdb.jdbc.VectorFilter.Junction;
import io.heliosdb.jdbc.VectorFilter.Not;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Which rows filters let through, compared with what they mean in Java. */
class VectorFilterTests {

	private HeliosDataSource dataSource;

	private VectorCollection collection;

	@BeforeEach
	void open() throws Exception {
		this.dataSource = new HeliosDataSource("jdbc:heliosdb:mem:filters");
		this.collection = new VectorSearch(this.dataSource)
			.createCollection(VectorCollectionDefinition.of("docs", 1).withIndex(false).withFullText(false));
	}

	@AfterEach
	void close() throws Exception {
		this.dataSource.close();
	}

	private void add(String id, Map<String, ?> metadata) throws Exception {
		this.collection.add(List.of(VectorDocument.of(id, null, metadata, new float[] { 1 })));
	}

	/** The ids of all rows that a filter lets through. */
	private TreeSet<String> ids(VectorFilter filter) throws Exception {
		List<Object> parameters = new ArrayList<>();
		String condition = VectorFilterSql.condition(filter, this.collection.table(), "", parameters);
		try (var connection = this.dataSource.getConnection()) {
			TreeSet<String> ids = new TreeSet<>();
			Sql.column(connection, "SELECT id FROM docs WHERE " + condition, parameters.toArray())
				.forEach((id) -> ids.add((String) id));
			return ids;
		}
	}

	@Test
	void comparisonsOfAllKinds() throws Exception {
		add("a", Map.of("lang", "en", "year", 2020, "price", 1.1f, "open", true));
		add("b", Map.of("lang", "de", "year", 2023L, "price", new BigDecimal("2.5"), "open", false));
		add("c", Map.of("year", "2021", "big", new BigInteger("9007199254740993")));
		assertThat(ids(VectorFilter.eq("lang", "en"))).containsExactly("a");
		assertThat(ids(VectorFilter.ne("lang", "en"))).containsExactly("b", "c");
		assertThat(ids(VectorFilter.gt("year", 2020))).containsExactly("b");
		assertThat(ids(VectorFilter.gte("year", 2020.0))).containsExactly("a", "b");
		assertThat(ids(VectorFilter.lt("year", 2023))).containsExactly("a");
		assertThat(ids(VectorFilter.lte("year", "2021"))).containsExactly("c");
		assertThat(ids(VectorFilter.eq("price", 1.1f))).containsExactly("a");
		assertThat(ids(VectorFilter.eq("price", new BigDecimal("2.50")))).containsExactly("b");
		assertThat(ids(VectorFilter.eq("big", 9007199254740993L))).containsExactly("c");
		assertThat(ids(VectorFilter.eq("big", new BigInteger("9007199254740993")))).containsExactly("c");
		assertThat(ids(VectorFilter.eq("open", true))).containsExactly("a");
		assertThat(ids(VectorFilter.in("lang", List.of("en", "de")))).containsExactly("a", "b");
		assertThat(ids(VectorFilter.nin("lang", List.of("en", "fr")))).containsExactly("b", "c");
		assertThat(ids(VectorFilter.in("lang", List.of()))).isEmpty();
		assertThat(ids(VectorFilter.isNull("lang"))).containsExactly("c");
		assertThat(ids(VectorFilter.isNotNull("lang"))).containsExactly("a", "b");
		assertThat(ids(VectorFilter.contains("lang", "e"))).containsExactly("a", "b");
		assertThat(ids(VectorFilter.contains("lang", "N"))).isEmpty();
		assertThat(ids(VectorFilter.contains("year", "02"))).containsExactly("c");
		assertThat(ids(VectorFilter.and())).containsExactly("a", "b", "c");
		assertThat(ids(VectorFilter.or())).isEmpty();
		assertThat(ids(VectorFilter.not(VectorFilter.sql("json_extract(metadata, '$.lang') = ?", "en"))))
			.containsExactly("b", "c");
	}

	@Test
	void keysAndValuesMayHaveAnyCharacters() throws Exception {
		for (String text : List.of("it's", "a\"b", "a\\b", "a.b", "$.lang", "", " ", "[0]", "ключ", "\n\t\u0001",
				"'); --", "\ud83d\ude00")) {
			add(text, Map.of(text, text, "other", 1));
			assertThat(ids(VectorFilter.eq(text, text))).as(text).containsExactly(text);
			assertThat(ids(VectorFilter.and(VectorFilter.isNotNull(text), VectorFilter.contains(text, text)))).as(text)
				.containsExactly(text);
			this.collection.deleteAll();
		}
	}

	@Test
	void nothingComparesWithNull() {
		assertThatIllegalArgumentException().isThrownBy(() -> VectorFilter.eq("lang", null))
			.withMessageContaining("isNull");
	}

	@Test
	void aKeyThatSqlCannotNameIsRefused() {
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> ids(VectorFilter.eq("a\0b", 1)))
			.withMessageContaining("NUL");
	}

	@Test
	void anyFilterLetsThroughWhatItMeans() throws Exception {
		Random random = new Random(11);
		Map<String, Map<String, Object>> rows = new LinkedHashMap<>();
		for (int i = 0; i < 60; i++) {
			Map<String, Object> metadata = new LinkedHashMap<>();
			for (String key : List.of("a", "b b", "c.d")) {
				Object value = value(random);
				if (random.nextInt(3) > 0) {
					metadata.put(key, random.nextInt(8) == 0 ? null : value);
				}
			}
			rows.put("%02d".formatted(i), metadata);
			add("%02d".formatted(i), metadata);
		}
		for (int i = 0; i < 2_000; i++) {
			VectorFilter filter = filter(random, 3);
			TreeSet<String> expected = new TreeSet<>();
			rows.forEach((id, metadata) -> {
				if (holds(filter, metadata)) {
					expected.add(id);
				}
			});
			assertThat(ids(filter)).as(filter.toString()).isEqualTo(expected);
		}
	}

	private static Object value(Random random) {
		return switch (random.nextInt(4)) {
			case 0 -> random.nextInt(4);
			case 1 -> random.nextInt(4) + 0.5;
			case 2 -> random.nextBoolean();
			default -> "x".repeat(random.nextInt(3)) + random.nextInt(3);
		};
	}

	private static VectorFilter filter(Random random, int depth) {
		String field = List.of("a", "b b", "c.d", "missing").get(random.nextInt(4));
		VectorFilter.Operator[] operators = VectorFilter.Operator.values();
		VectorFilter.Operator operator = operators[random.nextInt(operators.length)];
		if (depth > 0 && random.nextBoolean()) {
			VectorFilter left = filter(random, depth - 1);
			VectorFilter right = filter(random, depth - 1);
			return switch (random.nextInt(3)) {
				case 0 -> VectorFilter.and(left, right);
				case 1 -> VectorFilter.or(left, right);
				default -> VectorFilter.not(left);
			};
		}
		return switch (random.nextInt(6)) {
			case 0 -> VectorFilter.isNull(field);
			case 1 -> VectorFilter.isNotNull(field);
			case 2 -> VectorFilter.in(field, List.of(value(random), value(random)));
			case 3 -> VectorFilter.nin(field, List.of(value(random), value(random)));
			default ->
				new Comparison(field, operator, (operator == VectorFilter.Operator.CONTAINS) ? "x" : value(random));
		};
	}

	/** What a filter means, in plain words. */
	private static boolean holds(VectorFilter filter, Map<String, Object> metadata) {
		if (filter instanceof Not not) {
			return !holds(not.filter(), metadata);
		}
		if (filter instanceof Junction junction) {
			return junction.all() ? junction.filters().stream().allMatch((part) -> holds(part, metadata))
					: junction.filters().stream().anyMatch((part) -> holds(part, metadata));
		}
		if (filter instanceof IsNull isNull) {
			return metadata.get(isNull.field()) == null;
		}
		if (filter instanceof In in) {
			return in.values().stream().anyMatch((value) -> compare(metadata.get(in.field()), value) == 0);
		}
		Comparison comparison = (Comparison) filter;
		int order = compare(metadata.get(comparison.field()), comparison.value());
		boolean comparable = order != Integer.MIN_VALUE;
		return switch (comparison.operator()) {
			case EQ -> order == 0;
			case NE -> order != 0;
			case GT -> comparable && order > 0;
			case GTE -> comparable && order >= 0;
			case LT -> comparable && order < 0;
			case LTE -> comparable && order <= 0;
			case CONTAINS ->
				metadata.get(comparison.field()) instanceof String text && text.contains((String) comparison.value());
		};
	}

	/** The smallest number if the two cannot be compared. */
	private static int compare(Object left, Object right) {
		if (left instanceof String text && right instanceof String other) {
			return Integer.signum(text.compareTo(other));
		}
		if (left == null || left instanceof String || right instanceof String) {
			return Integer.MIN_VALUE;
		}
		return Double.compare(number(left), number(right));
	}

	private static double number(Object value) {
		return (value instanceof Boolean bool) ? (bool ? 1 : 0) : ((Number) value).doubleValue();
	}

}
