dnl For `phpize && ./configure && make && make install`, which is also what PIE does where no archive fits: cargo builds the extension
dnl (Makefile.frag), from the folder above this one. A folder of its own, since configure writes a Makefile over the one beside it.

PHP_ARG_ENABLE([s3storage],
  [whether to enable s3storage],
  [AS_HELP_STRING([--disable-s3storage], [Do not build s3storage])],
  [yes])

PHP_ARG_WITH([cargo],
  [for a cargo that is not on the PATH],
  [AS_HELP_STRING([--with-cargo=PATH], [The program cargo, where it is not on the PATH])],
  [no],
  [no])

if test "$PHP_S3STORAGE" != "no"; then
  S3STORAGE_ROOT=`cd "$abs_srcdir/.." && pwd`

  AC_PATH_PROG([S3STORAGE_BASH], [bash])
  if test -z "$S3STORAGE_BASH"; then
    AC_MSG_ERROR([bash is missing: the scripts that build s3storage are written for it. Install the package bash])
  fi

  dnl rustup puts its programs into the home of a user and on the PATH of their shells only.
  AC_MSG_CHECKING([for cargo])
  if test "$PHP_CARGO" = "no" || test "$PHP_CARGO" = "yes"; then
    S3STORAGE_CARGO=`command -v cargo`
    for folder in "$CARGO_HOME/bin" "$HOME/.cargo/bin"; do
      if test -z "$S3STORAGE_CARGO" && test -x "$folder/cargo"; then
        S3STORAGE_CARGO=$folder/cargo
      fi
    done
  else
    S3STORAGE_CARGO=$PHP_CARGO
    if test ! -f "$S3STORAGE_CARGO" || test ! -x "$S3STORAGE_CARGO"; then
      AC_MSG_RESULT([no])
      AC_MSG_ERROR([--with-cargo=$S3STORAGE_CARGO is not a program; it takes the path of cargo itself, such as \$HOME/.cargo/bin/cargo])
    fi
  fi
  AC_MSG_RESULT([${S3STORAGE_CARGO:-no}])
  S3STORAGE_PATH=$PATH
  if test -n "$S3STORAGE_CARGO" && test "$S3STORAGE_CARGO" != "`command -v cargo`"; then
    S3STORAGE_PATH=`dirname "$S3STORAGE_CARGO"`:$PATH
  fi

  case $PHP_EXECUTABLE in
    /*) ;;
    *) AC_MSG_ERROR([$PHP_CONFIG knows no program php: the command line of the same PHP is needed to build s3storage. Install it (Debian: php-cli)]) ;;
  esac

  dnl The rule of what a build needs, and the words for what is missing, have one place.
  AC_MSG_CHECKING([for what a build needs (Rust, libclang, a C compiler, PHP)])
  if s3storage_missing=`cd "$S3STORAGE_ROOT" && PATH="$S3STORAGE_PATH" PHP="$PHP_EXECUTABLE" PHP_CONFIG="$PHP_CONFIG" "$S3STORAGE_BASH" scripts/setup.sh check 2>&1`; then
    AC_MSG_RESULT([yes])
  else
    AC_MSG_RESULT([no])
    AC_MSG_ERROR([s3storage cannot be built here.
$s3storage_missing])
  fi

  PHP_SUBST([S3STORAGE_ROOT])
  PHP_SUBST([S3STORAGE_BASH])
  PHP_SUBST([S3STORAGE_PATH])
  PHP_SUBST([PHP_CONFIG])
  PHP_MODULES="$PHP_MODULES \$(phplibdir)/s3storage.la"
  PHP_ADD_MAKEFILE_FRAGMENT([$abs_srcdir/Makefile.frag], [$abs_srcdir], [.])
fi
