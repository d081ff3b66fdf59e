package io.heliosdb.engine;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link Platform}. */
class PlatformTests {

	@ParameterizedTest
	@CsvSource({ "Linux,amd64,heliosdb-nano-linux-x86_64.so", "Linux,x86_64,heliosdb-nano-linux-x86_64.so",
			"Linux,aarch64,heliosdb-nano-linux-aarch64.so", "Linux,arm64,heliosdb-nano-linux-aarch64.so",
			"Mac OS X,x86_64,heliosdb-nano-macos-x86_64.dylib", "Mac OS X,aarch64,heliosdb-nano-macos-arm64.dylib",
			"Darwin,arm64,heliosdb-nano-macos-arm64.dylib", "Windows 11,amd64,heliosdb-nano-windows-x86_64.dll",
			"Windows Server 2022,x86-64,heliosdb-nano-windows-x86_64.dll",
			"LINUX,AMD64,heliosdb-nano-linux-x86_64.so" })
	void namesTheLibrary(String osName, String osArch, String library) throws EngineLoadException {
		assertThat(Platform.of(osName, osArch).libraryName()).isEqualTo(library);
	}

	@ParameterizedTest
	@CsvSource({ "SunOS,amd64", "FreeBSD,amd64", "Linux,riscv64", "Linux,x86", "AIX,ppc64", "'',''" })
	void refusesWhatItDoesNotKnowAndSaysWhatItKnows(String osName, String osArch) {
		assertThatExceptionOfType(EngineLoadException.class).isThrownBy(() -> Platform.of(osName, osArch))
			.withMessageContaining("'" + osName + "'")
			.withMessageContaining("'" + osArch + "'")
			.withMessageContaining("Linux (x86_64, aarch64)");
	}

	@Test
	void knowsWhereItRuns() throws EngineLoadException {
		assertThat(Platform.current().libraryName()).startsWith("heliosdb-nano-");
	}

}
