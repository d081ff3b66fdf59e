package io.heliosdb.samples.quickstart;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * Reports the service as out of service until the data set is loaded.
 */
@Component
class DatasetHealthIndicator implements HealthIndicator {

	private final DatasetLoader loader;

	DatasetHealthIndicator(DatasetLoader loader) {
		this.loader = loader;
	}

	@Override
	public Health health() {
		LoadProgress progress = this.loader.progress();
		Health.Builder health = progress.complete() ? Health.up() : Health.outOfService();
		return health.withDetail("loadedRows", progress.loaded()).withDetail("totalRows", progress.total()).build();
	}

}
