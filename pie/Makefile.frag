# Part of the Makefile that configure writes. `make PROFILE=ci` is quick to build, for trying out.
PROFILE = release

S3STORAGE_BUILD = cd "$(S3STORAGE_ROOT)" && PATH="$(S3STORAGE_PATH)" PHP="$(PHP_EXECUTABLE)" PHP_CONFIG="$(PHP_CONFIG)" "$(S3STORAGE_BASH)"
S3STORAGE_SOURCES = $(S3STORAGE_ROOT)/Cargo.toml $(S3STORAGE_ROOT)/Cargo.lock $(S3STORAGE_ROOT)/build.rs $(shell find "$(S3STORAGE_ROOT)/src" -type f)

# The plus shares the places of `make -j` with cargo. `make test` of phpize reads the library's name in such a file. It is made last, so that `make
# install` as root builds nothing again. Another PHP is another Makefile.
$(phplibdir)/s3storage.la: $(S3STORAGE_SOURCES) $(top_builddir)/Makefile
	+$(S3STORAGE_BUILD) scripts/build.sh $(PROFILE) --into "$(phplibdir)/s3storage.so"
	@echo "dlname='s3storage.so'" > $@
