package io.heliosdb.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
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

	private static final System.Logger LOGGER = System.getLogger(Engine.class.getName());

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
			Path version = directory.resolve(versionOfJar());
			NativeLibrary library = NativeLibrary.find(Platform.current());
			Path file = library.extractTo(version);
			if (loadIntoJava(file)) {
				loadIntoSqlite(file, version);
			}
			else {
				file = loadCopy(library, version);
			}
			ExtractedVersions.use(version);
			loaded = new Engine(file);
		}
		return loaded;
	}

	/**
	 * A JVM loads a file for one class loader. Applications of one server, and one that
	 * is deployed anew while its old class loader still lives, get a copy each, and with
	 * it an SQLite of their own.
	 */
	private static Path loadCopy(NativeLibrary library, Path version) throws EngineLoadException {
		Path copy = library.copyTo(version);
		try {
			if (!loadIntoJava(copy)) {
				throw new EngineLoadException("The engine's library " + copy
						+ ", a copy for this class loader alone, is loaded by another one");
			}
			loadIntoSqlite(copy, null);
			return copy;
		}
		finally {
			delete(copy);
		}
	}

	private static void delete(Path copy) {
		try {
			Files.deleteIfExists(copy);
		}
		catch (IOException ex) {
			LOGGER.log(Level.DEBUG, copy + " goes with its version's folder: Windows keeps a loaded file", ex);
		}
	}

	/** Says whether it is loaded; if not, another class loader has it. */
	private static boolean loadIntoJava(Path library) throws EngineLoadException {
		try {
			System.load(library.toAbsolutePath().toString());
			return true;
		}
		catch (UnsatisfiedLinkError ex) {
			if (String.valueOf(ex.getMessage()).contains("another classloader")) {
				return false;
			}
			throw new EngineLoadException("The engine's library " + library + " cannot be loaded: " + ex.getMessage()
					+ ". If its folder is mounted noexec, name another by the property heliosdb.native-directory "
					+ "or the URL parameter native_directory", ex);
		}
	}

	/**
	 * Loads the engine into SQLite.
	 * @param library the engine
	 * @param version where to keep SQLite's own library, {@code null} to leave that to
	 * sqlite-jdbc
	 */
	private static void loadIntoSqlite(Path library, Path version) throws EngineLoadException {
		try {
			if (version != null) {
				SqliteLibrary.provideFor(version, () -> loadExtension(library));
			}
			else {
				loadExtension(library);
			}
		}
		catch (Exception ex) {
			throw new EngineLoadException("SQLite cannot load the engine " + library + ": " + ex.getMessage()
					+ ". SQLite itself comes with org.xerial:sqlite-jdbc, which loads its library from the same folder, "
					+ "or from the one that the system properties org.sqlite.lib.path or org.sqlite.tmpdir name if "
					+ "these are set; that folder must be writable and not mounted noexec", ex);
		}
	}

	private static void loadExtension(Path library) throws SQLException {
		SQLiteConfig config = new SQLiteConfig();
		config.enableLoadExtension(true);
		try (Connection connection = JDBC.createConnection("jdbc:sqlite::memory:", config.toProperties());
				PreparedStatement load = connection.prepareStatement("SELECT load_extension(?, ?)")) {
			load.setString(1, library.toAbsolutePath().toString());
			load.setString(2, ENTRY_POINT);
			load.execute();
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
	 * The file that was loaded. Where another class loader of this JVM had the engine
	 * already it was a copy, and is gone.
	 * @return its path
	 */
	public Path library() {
		return this.library;
	}

}
