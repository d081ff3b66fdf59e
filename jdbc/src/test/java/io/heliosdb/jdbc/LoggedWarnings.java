package io.heliosdb.jdbc;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** The warnings that a class logs, until this is closed. */
final class LoggedWarnings extends Handler implements AutoCloseable {

	private final List<String> messages = new CopyOnWriteArrayList<>();

	private final Logger logger;

	LoggedWarnings(Class<?> type) {
		this.logger = Logger.getLogger(type.getName());
		this.logger.addHandler(this);
	}

	List<String> messages() {
		return this.messages;
	}

	@Override
	public void publish(LogRecord logged) {
		if (logged.getLevel().intValue() >= Level.WARNING.intValue()) {
			this.messages.add(new SimpleFormatter().formatMessage(logged));
		}
	}

	@Override
	public void flush() {
	}

	@Override
	public void close() {
		this.logger.removeHandler(this);
	}

}
