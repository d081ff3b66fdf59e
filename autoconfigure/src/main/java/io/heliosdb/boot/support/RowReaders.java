package io.heliosdb.boot.support;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.Supplier;

import io.heliosdb.jdbc.RowReader;

import org.springframework.beans.BeanUtils;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.SimplePropertyRowMapper;
import org.springframework.jdbc.core.SingleColumnRowMapper;

/** Reads rows in Spring's ways. */
public final class RowReaders {

	private RowReaders() {
	}

	/**
	 * Readers of rows as {@code JdbcClient} reads them for a class: a record or a bean by
	 * the names of columns, or a simple type for a row of one column.
	 * @param <T> the class
	 * @param type the class
	 * @return makes a reader for each result
	 */
	public static <T> Supplier<RowReader<T>> of(Class<T> type) {
		return of(BeanUtils.isSimpleProperty(type) ? SingleColumnRowMapper.newInstance(type)
				: new SimplePropertyRowMapper<>(type));
	}

	/**
	 * Readers of rows by a mapper.
	 * @param <T> what they are read as
	 * @param mapper reads a row; it must not return {@code null}
	 * @return makes a reader for each result
	 */
	public static <T> Supplier<RowReader<T>> of(RowMapper<T> mapper) {
		return () -> new MappingReader<>(mapper);
	}

	/** Counts the rows, as mappers are told their number. */
	private static final class MappingReader<T> implements RowReader<T> {

		private final RowMapper<T> mapper;

		private int rows;

		MappingReader(RowMapper<T> mapper) {
			this.mapper = mapper;
		}

		@Override
		public T read(ResultSet row) throws SQLException {
			return this.mapper.mapRow(row, this.rows++);
		}

	}

}
