package io.heliosdb.engine;

import java.util.Locale;

/**
 * Operating system and processor, as they name the engine's binaries.
 *
 * @param os {@code linux}, {@code macos} or {@code windows}
 * @param cpu {@code x86_64}, {@code aarch64} or, on macOS, {@code arm64}
 */
record Platform(String os, String cpu) {

	/**
	 * The platform of two system properties.
	 * @param osName value of {@code os.name}
	 * @param osArch value of {@code os.arch}
	 * @return the platform
	 * @throws EngineLoadException if the engine does not know it
	 */
	static Platform of(String osName, String osArch) throws EngineLoadException {
		String name = osName.toLowerCase(Locale.ROOT);
		String os = name.contains("linux") ? "linux" : (name.contains("mac") || name.contains("darwin")) ? "macos"
				: name.contains("windows") ? "windows" : null;
		String cpu = switch (osArch.toLowerCase(Locale.ROOT)) {
			case "amd64", "x86_64", "x86-64" -> "x86_64";
			case "aarch64", "arm64" -> "macos".equals(os) ? "arm64" : "aarch64";
			default -> null;
		};
		if (os == null || cpu == null) {
			throw new EngineLoadException(
					"HeliosDB has no engine for this platform: os.name is '" + osName + "', os.arch is '" + osArch
							+ "'. It runs on Linux (x86_64, aarch64), macOS (x86_64, arm64) and Windows (x86_64)");
		}
		return new Platform(os, cpu);
	}

	static Platform current() throws EngineLoadException {
		return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
	}

	/**
	 * The classifier of the jar that has this platform's library alone.
	 * @return such as {@code linux-x86_64}
	 */
	String classifier() {
		return this.os + "-" + this.cpu;
	}

	/**
	 * The library's file name.
	 * @return such as {@code heliosdb-nano-linux-x86_64.so}
	 */
	String libraryName() {
		String suffix = switch (this.os) {
			case "macos" -> "dylib";
			case "windows" -> "dll";
			default -> "so";
		};
		return "heliosdb-nano-" + classifier() + "." + suffix;
	}

}
