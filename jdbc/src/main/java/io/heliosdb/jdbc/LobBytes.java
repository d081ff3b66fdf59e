package io.heliosdb.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;

import io.heliosdb.engine.NativeBytes;

/**
 * Bytes of any length that take little of the Java heap: a few stay there, more go
 * outside of it. Safe for use by many threads, which take turns.
 */
final class LobBytes implements AutoCloseable {

	/** Longer ones leave the heap. */
	static final int MAX_IN_HEAP = 65536;

	private static final int PART = 8192;

	private byte[] few = new byte[0];

	private int fewLength;

	/** Null as long as there are few. */
	private NativeBytes many;

	synchronized long length() {
		return (this.many != null) ? this.many.length() : this.fewLength;
	}

	/** Writes over what is there, and beyond the end; a gap is filled with zeros. */
	synchronized void write(long offset, byte[] bytes, int start, int count) {
		Objects.checkFromIndexSize(start, count, bytes.length);
		long end = Math.addExact(offset, count);
		if (this.many == null && end > MAX_IN_HEAP) {
			this.many = new NativeBytes();
			this.many.append(this.few, 0, this.fewLength);
			this.few = null;
		}
		if (this.many != null) {
			this.many.write(offset, bytes, start, count);
			return;
		}
		if (end > this.few.length) {
			this.few = Arrays.copyOf(this.few, (int) Math.min(MAX_IN_HEAP, Math.max(end, 2L * this.few.length)));
		}
		System.arraycopy(bytes, start, this.few, (int) offset, count);
		this.fewLength = Math.max(this.fewLength, (int) end);
	}

	/** Number of bytes read, 0 at the end. */
	synchronized int read(long offset, byte[] bytes, int start, int count) {
		Objects.checkFromIndexSize(start, count, bytes.length);
		if (this.many != null) {
			return this.many.read(offset, bytes, start, count);
		}
		int read = (int) Math.max(0, Math.min(count, this.fewLength - offset));
		if (read > 0) {
			System.arraycopy(this.few, (int) offset, bytes, start, read);
		}
		return read;
	}

	synchronized void truncate(long length) {
		if (this.many != null) {
			this.many.truncate(length);
		}
		else {
			this.few = Arrays.copyOf(this.few, (int) length);
			this.fewLength = (int) length;
		}
	}

	/** A copy of what is in the heap, null if it is not. */
	synchronized byte[] inHeap() {
		return (this.many == null) ? Arrays.copyOf(this.few, this.fewLength) : null;
	}

	/** What is outside of the heap, null if nothing is. The caller may keep it. */
	synchronized NativeBytes outsideHeap() {
		return this.many;
	}

	/** Adds what a stream has, up to so many bytes. */
	void readFrom(InputStream in, long limit) throws IOException {
		byte[] part = new byte[PART];
		long remaining = limit;
		int count = 0;
		while (remaining > 0 && count >= 0) {
			count = in.read(part, 0, (int) Math.min(part.length, remaining));
			if (count > 0) {
				write(length(), part, 0, count);
				remaining -= count;
			}
		}
	}

	/** A stream of some of the bytes, as they are when it comes to them. */
	InputStream input(long offset, long length) {
		return new Input(offset, length);
	}

	/** A stream that writes from an offset on. */
	OutputStream output(long offset) {
		return new Output(offset);
	}

	@Override
	public synchronized void close() {
		if (this.many != null) {
			this.many.close();
		}
	}

	private final class Input extends InputStream {

		private long offset;

		private long remaining;

		private Input(long offset, long length) {
			this.offset = offset;
			this.remaining = length;
		}

		@Override
		public int read() {
			byte[] one = new byte[1];
			return (read(one, 0, 1) > 0) ? one[0] & 0xff : -1;
		}

		@Override
		public int read(byte[] out, int start, int length) {
			if (length == 0) {
				return 0;
			}
			int read = LobBytes.this.read(this.offset, out, start, (int) Math.min(length, this.remaining));
			this.offset += read;
			this.remaining -= read;
			return (read > 0) ? read : -1;
		}

		@Override
		public long skip(long count) {
			long skipped = Math.max(0, Math.min(Math.min(count, this.remaining), length() - this.offset));
			this.offset += skipped;
			this.remaining -= skipped;
			return skipped;
		}

		@Override
		public int available() {
			return (int) Math.max(0, Math.min(Math.min(Integer.MAX_VALUE, this.remaining), length() - this.offset));
		}

	}

	private final class Output extends OutputStream {

		private long offset;

		private Output(long offset) {
			this.offset = offset;
		}

		@Override
		public void write(int one) {
			write(new byte[] { (byte) one }, 0, 1);
		}

		@Override
		public void write(byte[] bytes, int start, int count) {
			LobBytes.this.write(this.offset, bytes, start, count);
			this.offset += count;
		}

	}

}
