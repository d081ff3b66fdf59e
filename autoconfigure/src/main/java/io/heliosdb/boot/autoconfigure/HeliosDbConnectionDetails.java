package io.heliosdb.boot.autoconfigure;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.StringJoiner;
import java.util.UUID;

import io.heliosdb.jdbc.ConnectionProperty;
import io.heliosdb.jdbc.EncryptionKeyProvider;
import io.heliosdb.jdbc.HeliosDataSource;
import io.heliosdb.jdbc.HeliosDriver;
import io.heliosdb.jdbc.QueryListener;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/**
 * Leads Boot's data source to a HeliosDB database. Parameters are in the URL, so that
 * they hold with any connection pool, and Flyway's own data source, too. Secret ones are
 * not, as URLs get logged: they are in {@link #createDataSource} only.
 */
final class HeliosDbConnectionDetails implements JdbcConnectionDetails {

	static final String URL_PREFIX = "jdbc:heliosdb:";

	private static final Set<String> SECRETS = Set.of(ConnectionProperty.KEY.key(),
			ConnectionProperty.PASSPHRASE.key());

	private final String url;

	private final Properties secrets = new Properties();

	private final @Nullable EncryptionKeyProvider keys;

	/**
	 * Creates connection details.
	 * @param url the URL, whose parameters go before the others
	 * @param parameters connection parameters by name
	 * @param keys provides the encryption key, {@code null} if a parameter does or there
	 * is none
	 */
	HeliosDbConnectionDetails(String url, Map<String, String> parameters, @Nullable EncryptionKeyProvider keys) {
		this.keys = keys;
		int question = url.indexOf('?');
		String database = (question >= 0) ? url.substring(0, question) : url;
		StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
		parameters.forEach((name, value) -> {
			if (SECRETS.contains(name)) {
				this.secrets.setProperty(name, value);
			}
			else {
				query.add(encode(name) + "=" + encode(value));
			}
		});
		if (question >= 0) {
			query.add(url.substring(question + 1));
		}
		this.url = shared(database) + query;
	}

	/**
	 * A private memory database would be another one for each pooled connection, so it
	 * becomes one that is shared under a name nobody else has.
	 */
	private static String shared(String database) {
		return database.equals(URL_PREFIX + ":memory:") ? URL_PREFIX + "mem:" + UUID.randomUUID() : database;
	}

	/** As the driver decodes it: a plus is a plus. */
	private static String encode(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
	}

	/**
	 * Empty, as Tomcat's pool refuses {@code null}: an embedded database has no users.
	 */
	@Override
	public String getUsername() {
		return "";
	}

	@Override
	public String getPassword() {
		return "";
	}

	@Override
	public String getJdbcUrl() {
		return this.url;
	}

	@Override
	public String getDriverClassName() {
		return HeliosDriver.class.getName();
	}

	/** Whether {@link #getJdbcUrl()} alone does not say all. */
	boolean hasSecrets() {
		return !this.secrets.isEmpty() || this.keys != null;
	}

	/**
	 * Creates a data source that has all parameters.
	 * @param listener hears of every statement, {@code null} for none
	 * @return the data source, which has not opened the database yet
	 * @throws SQLException if a parameter is not valid
	 */
	HeliosDataSource createDataSource(@Nullable QueryListener listener) throws SQLException {
		return new HeliosDataSource(this.url, this.secrets, this.keys, listener);
	}

}
