package io.heliosdb.engine;

import java.lang.ref.Cleaner;
import java.util.Objects;

/**
 * Bytes outside of the Java heap, as many as there is memory for: long values on their
 * way to a parameter, and what Blobs and Clobs hold. Safe for use by many threads, which
 * take turns. {@link #close()} frees them; if nobody closes them, the garbage collector
 * does.
 */
public final class NativeBytes implements AutoCloseable {

	private static final Cleaner CLEANER = Cleaner.create();

	private static final int SMALLEST = 1024;

	/** SQLite allocates no more at a time, a head of ours included. */
	private static final int LARGEST = 0x7ffffe00;

	private final Memory memory = new Memory();

	private final Cleaner.Cleanable cleanable = CLEANER.register(this, this.memory);

	/**
	 * How many there are.
	 * @return the length
	 */
	public long length() {
		synchronized (this.memory) {
			return this.memory.length;
		}
	}

	/**
	 * Writes over what is there, and beyond the end; a gap is filled with zeros.
	 * @param offset where to begin
	 * @param bytes what to write
	 * @param start where in {@code bytes} to begin
	 * @param count number of bytes
	 * @throws OutOfMemoryError if there is no memory left outside of the heap
	 */
	public void write(long offset, byte[] bytes, int start, int count) {
		Objects.checkFromIndexSize(start, count, bytes.length);
		if (count == 0) {
			return;
		}
		synchronized (this.memory) {
			this.memory.reserve(Math.addExact(offset, count));
			NativeCalls.bytesWrite(this.memory.handle, offset, bytes, start, count);
			this.memory.length = Math.max(this.memory.length, offset + count);
		}
	}

	/**
	 * Adds bytes at the end.
	 * @param bytes what to add
	 * @param start where in {@code bytes} to begin
	 * @param count number of bytes
	 * @throws OutOfMemoryError if there is no memory left outside of the heap
	 */
	public void append(byte[] bytes, int start, int count) {
		synchronized (this.memory) {
			write(this.memory.length, bytes, start, count);
		}
	}

	/**
	 * Reads.
	 * @param offset where to begin
	 * @param bytes receives the bytes
	 * @param start where in {@code bytes} to begin
	 * @param count number of bytes at most
	 * @return number of bytes read, 0 at the end and beyond
	 */
	public int read(long offset, byte[] bytes, int start, int count) {
		Objects.checkFromIndexSize(start, count, bytes.length);
		synchronized (this.memory) {
			int read = (int) Math.max(0, Math.min(count, this.memory.length - offset));
			if (read > 0) {
				NativeCalls.bytesRead(this.memory.handle, offset, bytes, start, read);
			}
			return read;
		}
	}

	/**
	 * Cuts off the end.
	 * @param length how many bytes stay; there are as many at least
	 */
	public void truncate(long length) {
		synchronized (this.memory) {
			Objects.checkIndex(length, this.memory.length + 1);
			this.memory.resize(length);
			this.memory.length = length;
		}
	}

	/**
	 * Frees them; nothing else may be asked of them any more. What they are bound to
	 * keeps them until its execution ends.
	 */
	@Override
	public void close() {
		this.cleanable.clean();
	}

	/** Never 0, so that an empty value is one too. */
	long handle() {
		synchronized (this.memory) {
			this.memory.reserve(0);
			return this.memory.handle;
		}
	}

	/** Apart from its owner, which the cleaner must not hold. */
	private static final class Memory implements Runnable {

		private long handle;

		private long length;

		private long capacity;

		private boolean closed;

		private synchronized void reserve(long needed) {
			if (this.closed) {
				throw new IllegalStateException("These bytes have been freed");
			}
			if (this.handle == 0 || needed > this.capacity) {
				long more = Math.min(LARGEST, this.capacity + this.capacity / 2);
				resize(Math.max(Math.max(needed, SMALLEST), more));
			}
		}

		private synchronized void resize(long newCapacity) {
			long resized = NativeCalls.bytesResize(this.handle, newCapacity);
			if (resized == 0) {
				throw new OutOfMemoryError("Cannot allocate " + newCapacity + " bytes outside of the Java heap");
			}
			this.handle = resized;
			this.capacity = newCapacity;
		}

		@Override
		public synchronized void run() {
			NativeCalls.bytesRelease(this.handle);
			this.handle = 0;
			this.length = 0;
			this.closed = true;
		}

	}

}
