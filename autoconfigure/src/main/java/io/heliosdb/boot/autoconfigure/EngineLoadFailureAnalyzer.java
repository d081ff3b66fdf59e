package io.heliosdb.boot.autoconfigure;

import io.heliosdb.engine.EngineLoadException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Explains why the engine's native library could not be loaded. */
final class EngineLoadFailureAnalyzer extends AbstractFailureAnalyzer<EngineLoadException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, EngineLoadException cause) {
		return new FailureAnalysis("HeliosDB's native engine could not be loaded: " + cause.getMessage(),
				"Set heliosdb.native-directory to a folder that this user can write to and execute from, "
						+ "on a platform that HeliosDB has a binary for.",
				cause);
	}

}
