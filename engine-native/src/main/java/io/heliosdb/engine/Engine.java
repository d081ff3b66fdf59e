package io.heliosdb.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.Properties;

import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;

/**
 * The native engine of this process. It is loaded once and stays until the process ends.
 * <p>
 * The library is two things in one file: JNI functions for Java, and a loadable extension
 * of SQLite. Java loads it first; then one connection of sqlite-jdbc, whose jar brings
 * SQLite itself, loads the same file as an extension, by which it learns SQLite's
 * functions. That connection is closed at once and is the only use of sqlite-jdbc's Java
 * code.
 */
public final class Engine {

	private static final String ENTRY_POINT = "sqlite3_heliosdb_init";

	private static Engine loaded;

	private final Path library;

	private Engine(Path library) {
		this.library = library;
	}

	/**
	 * Loads the engine, or returns the one that is loaded already, whichever folder it
	 * came from.
	 * @param directory the folder that binaries are extracted to; each version has a
	 * folder of its own in it
	 * @return the engine
	 * @throws EngineLoadException if the library is missing, damaged, cannot be extracted
	 * or cannot be loaded; the next call tries anew
	 */
	public static synchronized Engine load(Path directory) throws EngineLoadException {
		if (loaded == null) {
			Path library = NativeLibrary.find(Platform.current()).extractTo(directory.resolve(versionOfJar()));
			loadIntoJava(library);
			loadIntoSqlite(library);
			loaded = new Engine(library);
		}
		return loaded;
	}

	private static void loadIntoJava(Path library) throws EngineLoadException {
		try {
			System.load(library.toAbsolutePath().toString());
		}
		catch (UnsatisfiedLinkError ex) {
			if (String.valueOf(ex.getMessage()).contains("another classloader")) {
				throw new EngineLoadException("The engine's library " + library
						+ " is loaded by another class loader of this JVM already, and a JVM loads it once. "
						+ "Put HeliosDB's jars where all applications of this JVM share them, such as the lib folder "
						+ "of the server", ex);
			}
			throw new EngineLoadException("The engine's library " + library + " cannot be loaded: " + ex.getMessage()
					+ ". If its folder is mounted noexec, name another by the property heliosdb.native-directory "
					+ "or the URL parameter native_directory", ex);
		}
	}

	private static void loadIntoSqlite(Path library) throws EngineLoadException {
		SQLiteConfig config = new SQLiteConfig();
		config.enableLoadExtension(true);
		try (Connection connection = JDBC.createConnection("jdbc:sqlite::memory:", config.toProperties());
				PreparedStatement load = connection.prepareStatement("SELECT load_extension(?, ?)")) {
			load.setString(1, library.toAbsolutePath().toString());
			load.setString(2, ENTRY_POINT);
			load.execute();
		}
		catch (Exception ex) {
			throw new EngineLoadException("SQLite cannot load the engine " + library + ": " + ex.getMessage()
					+ ". SQLite itself comes with org.xerial:sqlite-jdbc, which extracts its library to the folder "
					+ "that the system property org.sqlite.tmpdir names (default: java.io.tmpdir); "
					+ "that folder must be writable and not mounted noexec", ex);
		}
	}

	private static String versionOfJar() {
		Properties properties = new Properties();
		try (InputStream stream = Engine.class.getResourceAsStream("engine.properties")) {
			properties.load(stream);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot read engine.properties from heliosdb-engine-native's jar", ex);
		}
		return properties.getProperty("version");
	}

	/**
	 * The engine's version.
	 * @return such as {@code 3.0.0}
	 */
	public String version() {
		return new String(NativeCalls.version(), StandardCharsets.UTF_8);
	}

	/**
	 * The version of SQLite that the engine runs on.
	 * @return such as {@code 3.54.1}
	 */
	public String sqliteVersion() {
		return new String(NativeCalls.sqliteVersion(), StandardCharsets.UTF_8);
	}

	/**
	 * Memory that SQLite and the engine hold outside of the Java heap, in this process.
	 * @return bytes
	 */
	public long memoryUsed() {
		return NativeCalls.memoryUsed();
	}

	/**
	 * The file that was loaded.
	 * @return its path
	 */
	public Path library() {
		return this.library;
	}

}
