# Builds the engine for every platform on one Linux machine, and checks what came out. Included
# by the Makefile; everything lands in target/platforms.
#
#   make all-platforms       the five libraries, checked, with their checksums
#   make check-reproducible  builds them once more elsewhere: every byte is the same
#   make check-aarch64       the tests in C for 64-bit ARM, under an emulator
#   make check-musl          the library for Linux in a process whose C library is musl
#   make check-windows       the tests in C for Windows, under wine
#
# It takes clang, lld and llvm, and for Windows the headers and import libraries of mingw-w64.
# On Debian: apt-get install clang lld llvm mingw-w64-x86-64-dev
#
# There is nothing of Linux and macOS to compile against: src/main/cross has the declarations.
# A C library is needed by name alone, without a version, so that one file serves glibc and musl.

CROSS_CC     ?= clang
platforms    := target/platforms
all_suffixes := linux-x86_64.so linux-aarch64.so macos-x86_64.dylib macos-arm64.dylib \
                windows-x86_64.dll
all_libraries := $(addprefix $(platforms)/heliosdb-nano-,$(all_suffixes))

# No path, no time and no name of a compiler gets into a library.
cross := -std=c11 -O2 -fvisibility=hidden -fno-ident -fno-stack-protector -ffile-prefix-map=$(CURDIR)=. \
         -D__MM_MALLOC_H $(WARNINGS) -DHDB_VERSION='"$(VERSION)"' \
         -Itarget/jni -Isrc/main/cross -I"$(JAVA_HOME)/include" -nostdlib -fuse-ld=lld
own_headers := -nostdlibinc -isystem src/main/cross
elf         := $(own_headers) -fPIC -shared -Wl,-s -Wl,-z,relro -Wl,-z,now -Wl,--build-id=sha1
mach_o      := $(own_headers) -dynamiclib

.PHONY: all-platforms check-platforms check-reproducible check-aarch64 check-musl check-windows cross-found

all-platforms: $(platforms)/SHA256SUMS check-platforms

cross-found:
	@for tool in $(CROSS_CC) ld.lld llvm-readobj llvm-nm; do \
	  command -v $$tool >/dev/null || { echo "Building for all platforms takes $$tool." \
	    "On Debian: apt-get install clang lld llvm mingw-w64-x86-64-dev" >&2; exit 1; }; \
	done

$(all_libraries): $(jni_header) $(sources) $(headers) $(wildcard src/main/cross/*) Makefile \
                  platforms.mk target/version | cross-found
	@mkdir -p $(platforms)
	$(CROSS_CC) $(cross) $(for_platform) -o $@ $(sources)

$(platforms)/heliosdb-nano-linux-x86_64.so: \
  for_platform = -target x86_64-linux-gnu $(elf) -Wl,-soname,$(@F)
$(platforms)/heliosdb-nano-linux-aarch64.so: \
  for_platform = -target aarch64-linux-gnu -mno-outline-atomics $(elf) -Wl,-soname,$(@F)
$(platforms)/heliosdb-nano-macos-x86_64.dylib: \
  for_platform = -target x86_64-apple-macos10.15 $(mach_o) -Wl,-install_name,@rpath/$(@F) \
    src/main/cross/libSystem.tbd
$(platforms)/heliosdb-nano-macos-arm64.dylib: \
  for_platform = -target arm64-apple-macos11 $(mach_o) -Wl,-install_name,@rpath/$(@F) \
    src/main/cross/libSystem.tbd
$(platforms)/heliosdb-nano-windows-x86_64.dll: \
  for_platform = -target x86_64-w64-mingw32 -Dstrtoll=_strtoi64 -shared -Wl,-s \
    -Wl,--no-insert-timestamp src/main/cross/windows.c -lkernel32 -lmsvcrt

$(platforms)/SHA256SUMS: $(all_libraries)
	cd $(platforms) && sha256sum heliosdb-nano-* > SHA256SUMS

check-platforms: $(all_libraries)
	src/main/cross/check $(jni_header) $(all_libraries)

# In a folder of another name, with the copy's own objects and its own header of JNI.
elsewhere := target/elsewhere
check-reproducible: $(platforms)/SHA256SUMS
	rm -rf $(elsewhere)
	mkdir -p $(elsewhere)
	cp -R src Makefile platforms.mk $(elsewhere)
	$(MAKE) -C $(elsewhere) all-platforms
	cmp $(platforms)/SHA256SUMS $(elsewhere)/$(platforms)/SHA256SUMS
	rm -rf $(elsewhere)

# Debian's SQLite for that processor, and what it needs; scripts/foreign-root fetches them.
AARCH64_CC   ?= aarch64-linux-gnu-gcc
AARCH64_ROOT ?= target/aarch64-root
aarch64_libs := $(AARCH64_ROOT)/usr/lib/aarch64-linux-gnu

$(aarch64_libs)/libsqlite3.so:
	@for tool in $(AARCH64_CC) qemu-aarch64; do \
	  command -v $$tool >/dev/null || { echo "The tests for 64-bit ARM take $$tool. On Debian:" \
	    "apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user" >&2; exit 1; }; \
	done
	../scripts/foreign-root $(AARCH64_ROOT) arm64 libsqlite3-dev openjdk-17-jre-headless

check-aarch64: $(aarch64_libs)/libsqlite3.so $(tests)/abi_constants.h
	$(AARCH64_CC) $(test_flags) -mno-outline-atomics -O2 -g -o $(tests)/engine_test_aarch64 \
	  --sysroot=$(abspath $(AARCH64_ROOT)) \
	  $(test_sources) $(engine_code) $(test_libs)
	CHECK_EMULATED=1 qemu-aarch64 -L $(AARCH64_ROOT) $(tests)/engine_test_aarch64 $(AARCH64_TESTS)

MUSL_CC ?= musl-gcc
check-musl: $(platforms)/heliosdb-nano-linux-x86_64.so src/test/cross/loads.c
	@command -v $(MUSL_CC) >/dev/null || \
	  { echo "On Debian: apt-get install musl musl-dev musl-tools" >&2; exit 1; }
	@mkdir -p $(tests)
	$(MUSL_CC) -std=c11 -Wall -Wextra -Werror -o $(tests)/loads src/test/cross/loads.c
	$(tests)/loads $<

# Debian has no SQLite for Windows: WINDOWS_SQLITE is a folder with sqlite3.c, sqlite3.h and
# sqlite3ext.h as SQLite publishes them. Left out are the tests of crashes and of faults beneath the
# history, which set the times of files by POSIX, and those named here: they take a second process,
# another name of a file, or a clock of the tests' own, which the engine for Windows does not ask.
# With a journal that one connection keeps (TRUNCATE, PERSIST) and another one deletes, SQLite itself
# fails on Windows: what is open cannot be deleted.
WINDOWS_CC     ?= x86_64-w64-mingw32-gcc-posix
WINE           ?= /usr/lib/wine/wine64
WINDOWS_SQLITE ?= target/sqlite
windows_tests  := $(filter-out src/test/c/power.c src/test/c/history_crash_test.c \
                    src/test/c/history_faults_test.c,$(test_sources)) \
                  src/test/cross/windows/posix.c src/test/cross/windows/power.c
not_on_windows := foreign_reader foreign_visit foreign_writer hot_journal long_wal_is_recovered \
                  after_a_kill a_kill_between power_loss takes_the_place_of_a_deleted \
                  by_another_name can_only_be_read \
                  for_reading_only_owns kept_out_and_takes_no_lock another_process_uses \
                  other_processes_find what_expired_before snapshot_of_an_expired a_tag_keeps \
                  points_are_kept_for survives_kills that_is_kept

$(tests)/sqlite3_windows.o: $(WINDOWS_SQLITE)/sqlite3.c
	@mkdir -p $(tests)
	$(WINDOWS_CC) -O2 -w -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_FTS5 \
	  -DSQLITE_ENABLE_RTREE -c -o $@ $<

$(tests)/engine_test.exe: $(windows_tests) $(engine_code) $(headers) $(test_headers) \
                          $(tests)/sqlite3_windows.o src/test/cross/windows/posix.h platforms.mk
	$(WINDOWS_CC) -std=gnu11 -O2 -g -w -D__USE_MINGW_ANSI_STDIO=1 -DHDB_VERSION='"$(VERSION)"' \
	  -include src/test/cross/windows/posix.h -Isrc/test/cross/windows -Isrc/test/c -I$(WINDOWS_SQLITE) \
	  -I$(tests) -o $@ $(windows_tests) $(engine_code) $(tests)/sqlite3_windows.o \
	  -static -lpthread -lm

check-windows: $(tests)/engine_test.exe
	@command -v $(WINE) >/dev/null || { echo "The tests for Windows take wine. On Debian:" \
	  "apt-get install wine64 gcc-mingw-w64-x86-64-posix" >&2; exit 1; }
	WINEDEBUG=-all WINEPREFIX=$(abspath target/wine) TMPDIR=$(abspath $(tests)) \
	  $(WINE) $< -v $(WINDOWS_TESTS) $(foreach name,$(not_on_windows),'!$(name)')
