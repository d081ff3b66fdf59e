package io.heliosdb.samples.semanticsearch;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.heliosdb.boot.vector.VectorRepository;
import io.heliosdb.jdbc.PointInTime;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorFilter;
import io.heliosdb.jdbc.VectorMatch;
import io.heliosdb.jdbc.VectorMetric;
import io.heliosdb.jdbc.VectorQuery;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * What the page asks.
 */
@RestController
@RequestMapping("/api")
class SearchController {

	private static final int LIMIT = 10;

	private final EmbeddingModel model;

	private final VectorRepository<VectorDocument> passages;

	private final JdbcTemplate jdbc;

	private final JsonMapper json;

	private final FolderIndexer indexer;

	SearchController(EmbeddingModel model, VectorRepository<VectorDocument> passages, JdbcTemplate jdbc,
			JsonMapper json, FolderIndexer indexer) {
		this.model = model;
		this.passages = passages;
		this.jdbc = jdbc;
		this.json = json;
		this.indexer = indexer;
	}

	/**
	 * Searches for passages.
	 * @param q the question
	 * @param hybrid whether the words of the question count too, beside its meaning
	 * @param kind the kind of files to look at, all if it is missing
	 * @param path the file to look at, all if it is missing
	 * @param asOf the time whose index is searched, the present if it is missing
	 */
	@GetMapping("/search")
	List<SearchResult> search(@RequestParam String q, @RequestParam(defaultValue = "false") boolean hybrid,
			@RequestParam(required = false) DocumentKind kind, @RequestParam(required = false) String path,
			@RequestParam(required = false) Instant asOf) {
		if (q.isBlank()) {
			return List.of();
		}
		VectorQuery query = VectorQuery.of(this.model.embed(q).content().vector())
			.limit(LIMIT)
			.filter(filter(kind, path))
			.asOf((asOf != null) ? PointInTime.of(asOf) : null);
		return this.passages.search(hybrid ? query.text(q) : query).stream().map(this::result).toList();
	}

	private static VectorFilter filter(DocumentKind kind, String path) {
		List<VectorFilter> filters = new ArrayList<>();
		if (kind != null) {
			filters.add(VectorFilter.eq("kind", kind.name()));
		}
		if (path != null && !path.isEmpty()) {
			filters.add(VectorFilter.eq("path", path));
		}
		return filters.isEmpty() ? null : VectorFilter.and(filters.toArray(VectorFilter[]::new));
	}

	private SearchResult result(VectorMatch<VectorDocument> match) {
		VectorDocument found = match.row();
		JsonNode metadata = this.json.readTree(found.metadata());
		String heading = metadata.path("heading").asString();
		return new SearchResult(metadata.path("path").asString(),
				DocumentKind.valueOf(metadata.path("kind").asString()), heading,
				found.content().substring(heading.length() + 1), VectorMetric.COSINE.similarity(match.distance()));
	}

	/** The files that are indexed, to choose from. */
	@GetMapping("/documents")
	List<String> documents() {
		return this.jdbc.queryForList("SELECT path FROM document ORDER BY path", String.class);
	}

	@GetMapping("/indexing")
	IndexingProgress progress() {
		return this.indexer.progress();
	}

	/** Looks for files that are new, changed or gone. */
	@PostMapping("/indexing")
	@ResponseStatus(HttpStatus.ACCEPTED)
	void index() {
		this.indexer.start();
	}

	@PostMapping("/indexing/cancel")
	@ResponseStatus(HttpStatus.ACCEPTED)
	void cancel() {
		this.indexer.cancel();
	}

	/** A time before the first one that the history has, for one. */
	@ExceptionHandler
	ProblemDetail handle(DataAccessException ex) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, ex.getMostSpecificCause().getMessage());
	}

}
