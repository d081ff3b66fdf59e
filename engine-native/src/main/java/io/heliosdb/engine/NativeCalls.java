package io.heliosdb.engine;

/**
 * The functions of {@code src/main/c/jni/native_calls.c}. A handle is an address: the
 * callers see to it that one thread at a time uses a connection with its statements, and
 * that no handle is used after it was closed. Texts are bytes of UTF-8.
 */
final class NativeCalls {

	private NativeCalls() {
	}

	static native byte[] version();

	static native byte[] sqliteVersion();

	static native long open(byte[] path, int flags, byte[] vfs, int[] out);

	static native int close(long connection);

	static native long prepare(long connection, byte[] sql, int start, int[] out);

	static native void finish(long statement);

	static native int execute(long statement, byte[] parameters, int bytes, byte[] rows, int maxBytes, int limit,
			long ticket);

	static native int fetch(long statement, byte[] rows, int maxBytes, int limit, long ticket);

	static native int batch(long statement, byte[] parameters, int bytes, int count, long[] changes, int[] out,
			long ticket);

	static native void reset(long statement);

	static native int state(long connection);

	static native int columnCount(long statement);

	static native byte[] columnText(long statement, int column, int what);

	static native int readLarge(long statement, int column, long offset, byte[] out, int start, int bytes);

	static native byte[] errorMessage(long connection, int code);

	static native int errorOffset(long connection);

	static native void cancel(long connection, long ticket);

	static native void busyTimeout(long connection, int milliseconds);

	static native int status(long connection, int what);

	static native byte[] realText(double value);

	static native int checkpoint(long connection, int mode, int[] out);

	static native long memoryUsed();

	static native int limit(long connection, int what);

	static native long bytesResize(long bytes, long capacity);

	static native void bytesWrite(long bytes, long offset, byte[] in, int start, int length);

	static native void bytesRead(long bytes, long offset, byte[] out, int start, int length);

	static native void bytesRelease(long bytes);

	static native int useBytes(long statement, long[] bytes);

	static native int createFunction(long connection, byte[] name, int arguments, int kind, int flags, Object callback);

	static native int createCollation(long connection, byte[] name, Object callback);

	static native long registerKey(Object key, int kdf, int iterations, int[] out);

	static native byte[] keyVfs(long key);

	static native void releaseKey(long key);

	static native void reserve(long connection, int bytes);

	static native int prepareSchema(long connection, byte[] schema);

	static native int copyDatabase(byte[] fromVfs, byte[] from, byte[] toVfs, byte[] to, boolean history,
			Object progress);

}
