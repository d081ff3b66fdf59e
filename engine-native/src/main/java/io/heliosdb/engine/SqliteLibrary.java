package io.heliosdb.engine;

import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * SQLite's own library, which sqlite-jdbc's jar carries. Left to itself, sqlite-jdbc
 * extracts it to the temporary folder at each start and leaves it there if the process is
 * killed. Here it lies beside the engine, and sqlite-jdbc is told so by the system
 * properties it has for that, for as long as it loads it.
 */
final class SqliteLibrary {

	private static final System.Logger LOGGER = System.getLogger(SqliteLibrary.class.getName());

	private static final String PATH = "org.sqlite.lib.path";

	private static final String NAME = "org.sqlite.lib.name";

	private static final String TEMPORARY_FOLDER = "org.sqlite.tmpdir";

	private SqliteLibrary() {
	}

	/** What needs SQLite's library and loads it by sqlite-jdbc. */
	@FunctionalInterface
	interface Use {

		void run() throws Exception;

	}

	/**
	 * Runs what loads SQLite. Nothing is changed where the application has set one of
	 * sqlite-jdbc's properties itself, nor if the library cannot be extracted.
	 * @param directory where the libraries of this version go
	 * @param use what loads SQLite
	 * @throws Exception what that threw
	 */
	static void provideFor(Path directory, Use use) throws Exception {
		Properties system = System.getProperties();
		Map<String, String> provided = new TreeMap<>();
		if (!system.containsKey(PATH) && !system.containsKey(NAME) && !system.containsKey(TEMPORARY_FOLDER)) {
			String library = extract(directory.toAbsolutePath());
			if (library != null) {
				provided.put(PATH, directory.toAbsolutePath().toString());
				provided.put(NAME, library);
				provided.put(TEMPORARY_FOLDER, directory.toAbsolutePath().toString());
			}
		}
		provided.forEach(System::setProperty);
		try {
			use.run();
		}
		finally {
			provided.keySet().forEach(System::clearProperty);
		}
	}

	/** The name of the file, {@code null} if it could not be extracted. */
	private static String extract(Path directory) {
		String name = LibraryLoaderUtil.getNativeLibName();
		int suffix = name.lastIndexOf('.');
		String file = name.substring(0, suffix) + "-" + SQLiteJDBCLoader.getVersion() + name.substring(suffix);
		try {
			NativeLibrary library = NativeLibrary.of(SQLiteJDBCLoader.class,
					LibraryLoaderUtil.getNativeLibResourcePath() + "/" + name, file);
			if (library == null) {
				return null;
			}
			library.extractTo(directory);
			return file;
		}
		catch (EngineLoadException ex) {
			LOGGER.log(Level.DEBUG, "sqlite-jdbc extracts its library itself", ex);
			return null;
		}
	}

}
