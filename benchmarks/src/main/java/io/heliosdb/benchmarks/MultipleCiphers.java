package io.heliosdb.benchmarks;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Driver;

/**
 * The JDBC driver of SQLite3 Multiple Ciphers. It is sqlite-jdbc with another SQLite, and
 * its classes have the same names: they get a class loader of their own.
 */
final class MultipleCiphers {

	private static final String JAR = "multiple-ciphers.jar";

	static final Driver DRIVER = load();

	private MultipleCiphers() {
	}

	private static Driver load() {
		try {
			Path jar = Files.createTempFile("multiple-ciphers", ".jar");
			jar.toFile().deleteOnExit();
			try (InputStream packed = MultipleCiphers.class.getResourceAsStream(JAR)) {
				if (packed == null) {
					throw new FileNotFoundException(JAR + " is not beside this class: build with Maven");
				}
				Files.copy(packed, jar, StandardCopyOption.REPLACE_EXISTING);
			}
			ClassLoader loader = new URLClassLoader(new URL[] { jar.toUri().toURL() },
					ClassLoader.getPlatformClassLoader());
			return (Driver) loader.loadClass("org.sqlite.JDBC").getConstructor().newInstance();
		}
		catch (IOException | ReflectiveOperationException ex) {
			throw new IllegalStateException("SQLite3 Multiple Ciphers cannot be loaded", ex);
		}
	}

}
