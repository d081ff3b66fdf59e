package io.heliosdb.boot.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

import io.heliosdb.jdbc.ConnectionProperty;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.boot.context.properties.source.MutuallyExclusiveConfigurationPropertiesException;
import org.springframework.util.unit.DataSize;

/** Settings of the application's HeliosDB database. */
@ConfigurationProperties("heliosdb")
public class HeliosDbProperties {

	/**
	 * Whether to auto-configure HeliosDB.
	 */
	private boolean enabled = true;

	/**
	 * Database file, created if it does not exist, ":memory:" for a database that lives
	 * as long as the application, or "mem:" and a name for one that is shared in the JVM.
	 * Not used if spring.datasource.url is set.
	 */
	private String path = "./heliosdb.db";

	/**
	 * Folder that the engine's native library is extracted to. Defaults to
	 * ".heliosdb/bin" in the user's home.
	 */
	private @Nullable String nativeDirectory;

	/**
	 * Which commits survive. Defaults to "normal".
	 */
	private @Nullable Synchronous synchronous;

	/**
	 * Longest wait for other writers. Defaults to 5 seconds.
	 */
	private @Nullable Duration busyTimeout;

	/**
	 * Page cache of each connection. Defaults to 64MB.
	 */
	private @Nullable DataSize cacheSize;

	/**
	 * Further connection parameters by name.
	 */
	private final Map<String, String> connectionProperties = new LinkedHashMap<>();

	private final History history = new History();

	private final Encryption encryption = new Encryption();

	private final Metrics metrics = new Metrics();

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public String getPath() {
		return this.path;
	}

	public void setPath(String path) {
		this.path = path;
	}

	public @Nullable String getNativeDirectory() {
		return this.nativeDirectory;
	}

	public void setNativeDirectory(@Nullable String nativeDirectory) {
		this.nativeDirectory = nativeDirectory;
	}

	public @Nullable Synchronous getSynchronous() {
		return this.synchronous;
	}

	public void setSynchronous(@Nullable Synchronous synchronous) {
		this.synchronous = synchronous;
	}

	public @Nullable Duration getBusyTimeout() {
		return this.busyTimeout;
	}

	public void setBusyTimeout(@Nullable Duration busyTimeout) {
		this.busyTimeout = busyTimeout;
	}

	public @Nullable DataSize getCacheSize() {
		return this.cacheSize;
	}

	public void setCacheSize(@Nullable DataSize cacheSize) {
		this.cacheSize = cacheSize;
	}

	public Map<String, String> getConnectionProperties() {
		return this.connectionProperties;
	}

	public History getHistory() {
		return this.history;
	}

	public Encryption getEncryption() {
		return this.encryption;
	}

	public Metrics getMetrics() {
		return this.metrics;
	}

	/**
	 * The connection parameters that were set, as the driver takes them. A setting with a
	 * name of its own goes before one of the same meaning in
	 * {@code connection-properties}.
	 * @return connection parameters by name
	 */
	Map<String, String> toConnectionParameters() {
		Map<String, String> parameters = new LinkedHashMap<>();
		this.connectionProperties.forEach((name, value) -> parameters.put(name.replace('-', '_'), value));
		PropertyMapper map = PropertyMapper.get();
		map.from(this.nativeDirectory).to(parameter(parameters, ConnectionProperty.NATIVE_DIRECTORY));
		map.from(this.synchronous)
			.as((value) -> value.name().toLowerCase(Locale.ROOT))
			.to(parameter(parameters, ConnectionProperty.SYNCHRONOUS));
		map.from(this.busyTimeout)
			.as(HeliosDbProperties::milliseconds)
			.to(parameter(parameters, ConnectionProperty.BUSY_TIMEOUT));
		map.from(this.cacheSize).as(HeliosDbProperties::bytes).to(parameter(parameters, ConnectionProperty.CACHE_SIZE));
		map.from(this.history.enabled)
			.as((value) -> value ? "on" : "off")
			.to(parameter(parameters, ConnectionProperty.HISTORY));
		map.from(this.history.retention)
			.as(HeliosDbProperties::milliseconds)
			.to(parameter(parameters, ConnectionProperty.HISTORY_RETENTION));
		map.from(this.history.maxSize)
			.as(HeliosDbProperties::bytes)
			.to(parameter(parameters, ConnectionProperty.HISTORY_MAX_SIZE));
		map.from(this.encryption.key).to(parameter(parameters, ConnectionProperty.KEY));
		map.from(this.encryption.keyFile).to(parameter(parameters, ConnectionProperty.KEY_FILE));
		map.from(this.encryption.passphrase).to(parameter(parameters, ConnectionProperty.PASSPHRASE));
		map.from(this.encryption.cacheSize)
			.as(HeliosDbProperties::bytes)
			.to(parameter(parameters, ConnectionProperty.ENCRYPTION_CACHE_SIZE));
		return parameters;
	}

	private static Consumer<String> parameter(Map<String, String> parameters, ConnectionProperty property) {
		return (value) -> parameters.put(property.key(), value);
	}

	private static String milliseconds(Duration duration) {
		return duration.toMillis() + "ms";
	}

	private static String bytes(DataSize size) {
		return size.toBytes() + "B";
	}

	/** Which commits survive. */
	public enum Synchronous {

		/** Every commit survives a crash of the process. */
		NORMAL,

		/** Every commit survives a loss of power. */
		FULL

	}

	/** Time travel. */
	public static class History {

		/**
		 * Whether to keep history for time travel. Defaults to true.
		 */
		private @Nullable Boolean enabled;

		/**
		 * How far back history is kept. Defaults to 30 days.
		 */
		private @Nullable Duration retention;

		/**
		 * Upper bound of the history's size on disk. There is none by default.
		 */
		private @Nullable DataSize maxSize;

		public @Nullable Boolean getEnabled() {
			return this.enabled;
		}

		public void setEnabled(@Nullable Boolean enabled) {
			this.enabled = enabled;
		}

		public @Nullable Duration getRetention() {
			return this.retention;
		}

		public void setRetention(@Nullable Duration retention) {
			this.retention = retention;
		}

		public @Nullable DataSize getMaxSize() {
			return this.maxSize;
		}

		public void setMaxSize(@Nullable DataSize maxSize) {
			this.maxSize = maxSize;
		}

	}

	/**
	 * Encryption at rest: one of a key, a file with a key, a passphrase and a bean that
	 * provides the key.
	 */
	public static class Encryption {

		/**
		 * Encryption key: 64 hexadecimal digits or base64 of 32 bytes. Switches
		 * encryption at rest on.
		 */
		private @Nullable String key;

		/**
		 * File that holds the encryption key: its 32 bytes, or 64 hexadecimal digits or
		 * base64. Switches encryption at rest on.
		 */
		private @Nullable String keyFile;

		/**
		 * Passphrase that the encryption key is derived from. Switches encryption at rest
		 * on.
		 */
		private @Nullable String passphrase;

		/**
		 * Decrypted pages that all connections share, beside the page cache of each. 0
		 * for none. Defaults to 16 MB.
		 */
		private @Nullable DataSize cacheSize;

		public @Nullable String getKey() {
			return this.key;
		}

		public void setKey(@Nullable String key) {
			this.key = key;
		}

		public @Nullable String getKeyFile() {
			return this.keyFile;
		}

		public void setKeyFile(@Nullable String keyFile) {
			this.keyFile = keyFile;
		}

		public @Nullable String getPassphrase() {
			return this.passphrase;
		}

		public void setPassphrase(@Nullable String passphrase) {
			this.passphrase = passphrase;
		}

		public @Nullable DataSize getCacheSize() {
			return this.cacheSize;
		}

		public void setCacheSize(@Nullable DataSize cacheSize) {
			this.cacheSize = cacheSize;
		}

		/** At most one source of the key may be set. */
		void validate(boolean hasProvider) {
			Map<String, @Nullable Object> sources = new LinkedHashMap<>();
			sources.put("heliosdb.encryption.key", this.key);
			sources.put("heliosdb.encryption.key-file", this.keyFile);
			sources.put("heliosdb.encryption.passphrase", this.passphrase);
			sources.values().removeIf(Objects::isNull);
			if (hasProvider && !sources.isEmpty()) {
				throw new IllegalStateException(sources.keySet().iterator().next()
						+ " is set, and there is a bean of type EncryptionKeyProvider: keep one of them");
			}
			MutuallyExclusiveConfigurationPropertiesException
				.throwIfMultipleNonNullValuesIn((entries) -> entries.putAll(sources));
		}

	}

	/** Metrics and the log of slow queries. */
	public static class Metrics {

		/**
		 * Whether to observe queries and to publish the sizes of the database.
		 */
		private boolean enabled = true;

		/**
		 * Queries that take at least this long are logged. None are by default.
		 */
		private @Nullable Duration slowQueryThreshold;

		public boolean isEnabled() {
			return this.enabled;
		}

		public void setEnabled(boolean enabled) {
			this.enabled = enabled;
		}

		public @Nullable Duration getSlowQueryThreshold() {
			return this.slowQueryThreshold;
		}

		public void setSlowQueryThreshold(@Nullable Duration slowQueryThreshold) {
			this.slowQueryThreshold = slowQueryThreshold;
		}

	}

}
