package io.heliosdb.jdbc;

import java.util.Iterator;
import java.util.Map;

/** Writes values as JSON (RFC 8259). */
final class Json {

	private Json() {
	}

	/**
	 * Writes a value.
	 * @param value a map, a list, a text, a number, a boolean or {@code null}; of any
	 * other its {@code toString} as a text
	 * @return the JSON text
	 */
	static String write(Object value) {
		StringBuilder text = new StringBuilder();
		write(value, text);
		return text.toString();
	}

	private static void write(Object value, StringBuilder text) {
		if (value == null || value instanceof Boolean) {
			text.append(value);
		}
		else if (value instanceof Number number) {
			number(number, text);
		}
		else if (value instanceof Map<?, ?> map) {
			text.append('{');
			Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
			while (entries.hasNext()) {
				Map.Entry<?, ?> entry = entries.next();
				quote(String.valueOf(entry.getKey()), text);
				text.append(':');
				write(entry.getValue(), text);
				text.append(entries.hasNext() ? "," : "");
			}
			text.append('}');
		}
		else if (value instanceof Iterable<?> list) {
			text.append('[');
			Iterator<?> values = list.iterator();
			while (values.hasNext()) {
				write(values.next(), text);
				text.append(values.hasNext() ? "," : "");
			}
			text.append(']');
		}
		else {
			quote(value.toString(), text);
		}
	}

	/** JSON has no infinity, and no NaN. */
	private static void number(Number number, StringBuilder text) {
		boolean finite = Double.isFinite(number.doubleValue())
				|| !(number instanceof Double || number instanceof Float);
		text.append(finite ? number.toString() : "null");
	}

	private static void quote(String value, StringBuilder text) {
		text.append('"');
		for (int i = 0; i < value.length(); i++) {
			char c = value.charAt(i);
			if (c == '"' || c == '\\') {
				text.append('\\').append(c);
			}
			else if (c < 0x20) {
				text.append(String.format("\\u%04x", (int) c));
			}
			else {
				text.append(c);
			}
		}
		text.append('"');
	}

}
