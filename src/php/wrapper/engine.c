/* What PHP's stream layer wants of a wrapper, and offers it, as macros or with hidden parameters in a debug build. The operations of the
 * wrapper are Rust functions; here they get a value of theirs, and the options of a context, in the place of the engine's structures. */

#include "php.h"
#include "ext/standard/file.h"
#include "ext/standard/php_filestat.h"

typedef struct _s3storage_mount s3storage_mount;

extern php_stream *s3storage_wrapper_open(
	s3storage_mount *mount, php_stream_wrapper *wrapper, const char *url, const char *mode, int options, zval *context);
extern php_stream *s3storage_wrapper_list(
	s3storage_mount *mount, php_stream_wrapper *wrapper, const char *url, int options);
extern int s3storage_wrapper_stat(s3storage_mount *mount, const char *url, php_stream_statbuf *buffer);
extern int s3storage_wrapper_unlink(s3storage_mount *mount, const char *url);
extern int s3storage_wrapper_rename(s3storage_mount *mount, const char *from, const char *to);
extern int s3storage_wrapper_mkdir(s3storage_mount *mount, const char *url);
extern int s3storage_wrapper_rmdir(s3storage_mount *mount, const char *url);
extern void s3storage_wrapper_free(s3storage_mount *mount);
extern const char *s3storage_wrapper_protocol(s3storage_mount *mount);

static int le_wrapper;

/* What a context says for the protocol of the wrapper; NULL for nothing. */
static zval *options_of(const php_stream_wrapper *wrapper, php_stream_context *context)
{
	if (context == NULL || Z_TYPE(context->options) != IS_ARRAY) {
		return NULL;
	}
	const char *protocol = s3storage_wrapper_protocol(wrapper->abstract);
	return zend_hash_str_find_deref(Z_ARRVAL(context->options), protocol, strlen(protocol));
}

static php_stream *open_url(php_stream_wrapper *wrapper, const char *url, const char *mode, int options,
	zend_string **opened, php_stream_context *context STREAMS_DC)
{
	(void) opened;
	return s3storage_wrapper_open(wrapper->abstract, wrapper, url, mode, options, options_of(wrapper, context));
}

static php_stream *open_directory(php_stream_wrapper *wrapper, const char *url, const char *mode, int options,
	zend_string **opened, php_stream_context *context STREAMS_DC)
{
	(void) mode, (void) opened, (void) context;
	return s3storage_wrapper_list(wrapper->abstract, wrapper, url, options);
}

static int stat_url(
	php_stream_wrapper *wrapper, const char *url, int flags, php_stream_statbuf *buffer, php_stream_context *context)
{
	(void) flags, (void) context;
	return s3storage_wrapper_stat(wrapper->abstract, url, buffer);
}

static int unlink_url(php_stream_wrapper *wrapper, const char *url, int options, php_stream_context *context)
{
	(void) options, (void) context;
	return s3storage_wrapper_unlink(wrapper->abstract, url);
}

static int rename_url(
	php_stream_wrapper *wrapper, const char *from, const char *to, int options, php_stream_context *context)
{
	(void) options, (void) context;
	return s3storage_wrapper_rename(wrapper->abstract, from, to);
}

/* Directories of a bucket need no parents and have no permissions: whatever is asked for beyond the name changes nothing. */
static int make_directory(
	php_stream_wrapper *wrapper, const char *url, int mode, int options, php_stream_context *context)
{
	(void) mode, (void) options, (void) context;
	return s3storage_wrapper_mkdir(wrapper->abstract, url);
}

static int remove_directory(php_stream_wrapper *wrapper, const char *url, int options, php_stream_context *context)
{
	(void) options, (void) context;
	return s3storage_wrapper_rmdir(wrapper->abstract, url);
}

static const php_stream_wrapper_ops operations = {
	/* In order: the label has another name from PHP 8.3 on. */
	open_url,
	NULL,
	NULL,
	stat_url,
	open_directory,
	"S3Storage",
	unlink_url,
	rename_url,
	make_directory,
	remove_directory,
	NULL,
};

static void free_wrapper(zend_resource *resource)
{
	php_stream_wrapper *wrapper = resource->ptr;
	/* What is closed after this may run code of a script, which must not find it. */
	const char *protocol = s3storage_wrapper_protocol(wrapper->abstract);
	size_t length = strlen(protocol);
	if (zend_hash_str_find_ptr(php_stream_get_url_stream_wrappers_hash(), protocol, length) == wrapper) {
		zend_string *name = zend_string_init(protocol, length, false);
		php_unregister_url_stream_wrapper_volatile(name);
		zend_string_release(name);
	}
	s3storage_wrapper_free(wrapper->abstract);
	efree(wrapper);
}

/* Once, when the module starts. */
void s3storage_wrapper_start(int module_number)
{
	le_wrapper = zend_register_list_destructors_ex(free_wrapper, NULL, "S3Storage stream wrapper", module_number);
}

/* Registers a wrapper for the rest of the request, in the place of an earlier one of ours. It takes the mount over; false, and nothing is taken, where
 * the protocol belongs to somebody else. */
bool s3storage_wrapper_register(const char *protocol, size_t length, s3storage_mount *mount)
{
	php_stream_wrapper *known = zend_hash_str_find_ptr(php_stream_get_url_stream_wrappers_hash(), protocol, length);
	if (known != NULL && known->wops != &operations) {
		return false;
	}
	zend_string *name = zend_string_init(protocol, length, false);
	if (known != NULL) {
		/* Its streams may still be open: it is freed when the request ends. */
		php_unregister_url_stream_wrapper_volatile(name);
	}
	php_stream_wrapper *wrapper = ecalloc(1, sizeof(*wrapper));
	wrapper->wops = &operations;
	wrapper->abstract = mount;
	wrapper->is_url = 1;
	bool is_registered = php_register_url_stream_wrapper_volatile(name, wrapper) == SUCCESS;
	zend_string_release(name);
	if (!is_registered) {
		efree(wrapper);
		return false;
	}
	/* The engine's own wrappers of scripts live as long: to the end of the request, when every stream is closed. */
	zend_register_resource(wrapper, le_wrapper);
	return true;
}

/* Why a stream was not opened: told as the reason in the warning of whoever opens it. */
void s3storage_wrapper_refuse(php_stream_wrapper *wrapper, int options, const char *reason)
{
	php_stream_wrapper_log_error(wrapper, options, "%s", reason);
}

void s3storage_wrapper_warn(const char *url, const char *reason)
{
	php_error_docref1(NULL, url, E_WARNING, "%s", reason);
}

/* PHP's scandir() has a second warning for a directory that was not opened, with the errno that it finds. */
void s3storage_wrapper_errno(int reason)
{
	errno = reason;
}

/* One entry of a directory: how many bytes were written; -1 when it does not fit. What kind it is, which some engines could be told, is for
 * whoever asks: only its name is here. */
ssize_t s3storage_wrapper_entry(char *buffer, size_t size, const char *name, size_t length)
{
	php_stream_dirent *entry = (php_stream_dirent *) buffer;
	if (size != sizeof(*entry) || length >= sizeof(entry->d_name)) {
		return -1;
	}
	memset(entry, 0, sizeof(*entry));
	memcpy(entry->d_name, name, length);
	return sizeof(*entry);
}

/* A fatal error, or an exception that nobody caught, has ended the script. */
bool s3storage_wrapper_script_failed(void)
{
	return EG(exit_status) == 255;
}

/* What PHP knows of the last file that it was asked about may not be so any more. */
void s3storage_wrapper_changed(void)
{
	php_clear_stat_cache(false, NULL, 0);
}
