/* What the engine offers as macros only, or with hidden parameters in a debug build: callables, streams, headers, output, the lock
 * of the environment. */

#include "php.h"
#include "SAPI.h"
#include "php_output.h"
#include "zend_closures.h"

/* What a value calls, bound to what it means where it is given: a private method is found there, and not where it is called later. False: the
 * reason, if there is one, says why it calls nothing. */
bool s3storage_callable(zval *given, zval *callable, char **reason)
{
	zend_fcall_info_cache cache = {0};
	if (!zend_is_callable_ex(given, NULL, 0, NULL, &cache, reason)) {
		return false;
	}
	zend_function *function = cache.function_handler;
	if (Z_TYPE_P(given) == IS_OBJECT || (function->common.fn_flags & ZEND_ACC_CALL_VIA_TRAMPOLINE) != 0) {
		/* Public wherever it is called: an object of its own, or a method that __call answers for. */
		zend_release_fcall_info_cache(&cache);
		ZVAL_COPY(callable, given);
		return true;
	}
	zval instance;
	if (cache.object != NULL) {
		ZVAL_OBJ(&instance, cache.object);
	}
	zend_create_fake_closure(
		callable, function, function->common.scope, cache.called_scope, cache.object == NULL ? NULL : &instance);
	return true;
}

/* The lock of `putenv`; nothing where PHP has no threads. */
void s3storage_environment_lock(void)
{
	tsrm_env_lock();
}

void s3storage_environment_unlock(void)
{
	tsrm_env_unlock();
}

/* A stream, whose meta data carry a value of ours (taken over). NULL: an exception or a warning says why. */
php_stream *s3storage_stream_new(const php_stream_ops *ops, void *value, zval *wrapper_data, const char *mode)
{
	php_stream *stream = php_stream_alloc(ops, value, NULL, mode);
	if (stream == NULL) {
		return NULL;
	}
	/* Whoever reads wants the bytes where they belong, not in a buffer in between. */
	stream->flags |= PHP_STREAM_FLAG_NO_BUFFER;
	ZVAL_COPY_VALUE(&stream->wrapperdata, wrapper_data);
	return stream;
}

/* A new stream as the value that a script gets. */
void s3storage_stream_value_of(php_stream *stream, zval *result)
{
	php_stream_to_zval(stream, result);
}

void *s3storage_stream_value(const php_stream *stream)
{
	return stream->abstract;
}

void s3storage_stream_set_eof(php_stream *stream)
{
	stream->eof = 1;
}

/* No stream of ours is written. There is a function for it all the same: a filter for writing calls it without looking. */
ssize_t s3storage_stream_write(php_stream *stream, const char *buffer, size_t size)
{
	(void) stream, (void) buffer, (void) size;
	php_error_docref(NULL, E_NOTICE, "Stream is not writable");
	return -1;
}

/* A stream over a descriptor, which it takes over. */
bool s3storage_stream_of_descriptor(int descriptor, zval *result)
{
	php_stream *stream = php_stream_fopen_from_fd(descriptor, "rb", NULL);
	if (stream == NULL) {
		close(descriptor);
		return false;
	}
	php_stream_to_zval(stream, result);
	return true;
}

/* A line in PHP's log, for what there is no caller to tell. */
void s3storage_log(const char *message)
{
	php_log_err(message);
}

/* What a script could change of a stream while a read runs its code (a callback, a signal handler): the buffer that the read may fill, and
 * whether there is a stream at all. */
typedef struct {
	unsigned char *buffer;
	size_t length;
	zend_off_t read, write;
	size_t chunk;
	bool at_end, may_close, was_open;
	uint8_t in_free;
	zend_resource *resource;
} s3storage_held;

/* Until it is let go, a stream is not freed, and whoever uses it finds it without a buffer. fclose() asks a flag and gives a warning; closedir() and
 * pclose() do not ask, and are taken for a close within a close, which frees nothing. */
void s3storage_stream_hold(php_stream *stream, s3storage_held *held)
{
	*held = (s3storage_held) {
		.buffer = stream->readbuf,
		.length = stream->readbuflen,
		.read = stream->readpos,
		.write = stream->writepos,
		.chunk = stream->chunk_size,
		.at_end = stream->eof,
		.may_close = (stream->flags & PHP_STREAM_FLAG_NO_FCLOSE) == 0,
		.was_open = stream->res != NULL && stream->res->type >= 0,
		.in_free = stream->in_free,
		.resource = stream->res,
	};
	if (stream->res != NULL) {
		GC_ADDREF(stream->res);
	}
	stream->in_free = 2;
	stream->readbuf = NULL;
	stream->readbuflen = 0;
	stream->readpos = stream->writepos = 0;
	stream->flags |= PHP_STREAM_FLAG_NO_FCLOSE;
}

void s3storage_stream_let_go(php_stream *stream, const s3storage_held *held)
{
	if (stream->readbuf != NULL) {
		pefree(stream->readbuf, stream->is_persistent);
	}
	stream->readbuf = held->buffer;
	stream->readbuflen = held->length;
	stream->readpos = held->read;
	stream->writepos = held->write;
	stream->chunk_size = held->chunk;
	stream->eof = held->at_end;
	if (held->may_close) {
		stream->flags &= ~PHP_STREAM_FLAG_NO_FCLOSE;
	}
	stream->in_free = held->in_free;
	zend_resource *resource = held->resource;
	if (resource == NULL) {
		return;
	}
	if (!held->was_open) {
		/* It is being closed, and whoever does that frees the resource. */
		GC_DELREF(resource);
		return;
	}
	bool is_closed = resource->type < 0;
	if (is_closed) {
		/* Whoever reads is not done with it: it goes on without its variable, to the end of the request. */
		stream->res = zend_register_resource(stream, php_file_le_stream());
	}
	if (is_closed || GC_REFCOUNT(resource) > 1) {
		zend_list_delete(resource);
	}
	/* Else our share is the last one, and freeing it would free the stream: it is freed at the end of the request, too. */
}

/* The stream behind a value; NULL, without a word, for any other value and for a closed one. */
php_stream *s3storage_stream_of(zval *value)
{
	if (Z_TYPE_P(value) != IS_RESOURCE) {
		return NULL;
	}
	int type = Z_RES_TYPE_P(value);
	return type == php_file_le_stream() || type == php_file_le_pstream() ? Z_RES_VAL_P(value) : NULL;
}

bool s3storage_stream_is_open(zval *value)
{
	return s3storage_stream_of(value) != NULL;
}

/* One read, as large as the stream likes; negative for a failure. */
ssize_t s3storage_stream_read(zval *value, char *buffer, size_t size)
{
	php_stream *stream = s3storage_stream_of(value);
	return stream == NULL ? -1 : php_stream_read(stream, buffer, size);
}

bool s3storage_stream_is_at_end(zval *value)
{
	php_stream *stream = s3storage_stream_of(value);
	return stream == NULL || php_stream_eof(stream);
}

/* An object, or what looks like a directory. What may be done with it the server alone knows; whose it is on this machine has no meaning. */
void s3storage_stream_stat(php_stream_statbuf *buffer, uint32_t mode, uint64_t size, int64_t modified)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->sb.st_mode = mode;
	buffer->sb.st_nlink = 1;
	buffer->sb.st_size = (zend_off_t) size;
	buffer->sb.st_mtime = (time_t) modified;
	buffer->sb.st_ctime = (time_t) modified;
	buffer->sb.st_atime = (time_t) modified;
#ifdef HAVE_STRUCT_STAT_ST_BLKSIZE
	buffer->sb.st_blksize = -1;
#endif
#ifdef HAVE_STRUCT_STAT_ST_BLOCKS
	buffer->sb.st_blocks = -1;
#endif
}

/* Whether an answer has begun: its headers are sent, or something waits in one of the output buffers. */
bool s3storage_output_has_begun(void)
{
	php_output_handler **handlers = zend_stack_base(&OG(handlers));
	for (int i = 0; i < zend_stack_count(&OG(handlers)); i++) {
		if (handlers[i]->buffer.used > 0) {
			return true;
		}
	}
	return SG(headers_sent);
}

/* What is written from now on goes to the client, not into memory. */
void s3storage_output_unbuffer(void)
{
	php_output_discard_all();
}

void s3storage_status(int status)
{
	/* PHP calls an answer text/html that has no type: a 304 would make that the type of what a cache holds. */
	SG(sapi_headers).send_default_content_type = 0;
	sapi_header_op(SAPI_HEADER_SET_STATUS, (void *) (zend_intptr_t) status);
}

bool s3storage_header(const char *line, size_t length)
{
	sapi_header_line header = {0};
	header.line = line;
	header.line_len = length;
	/* PHP adds its own charset to a text that names none; what the object is, the object says. */
	char *charset = SG(default_charset);
	SG(default_charset) = "";
	bool is_set = sapi_header_op(SAPI_HEADER_REPLACE, &header) == SUCCESS;
	SG(default_charset) = charset;
	return is_set;
}

bool s3storage_wants_headers_only(void)
{
	return SG(request_info).headers_only;
}

/* False when nobody listens any more. */
bool s3storage_output(const char *bytes, size_t length)
{
	php_output_write(bytes, length);
	php_output_flush_all();
	return PG(connection_status) == PHP_CONNECTION_NORMAL;
}

void s3storage_output_end(void)
{
	php_output_set_status(PHP_OUTPUT_DISABLED);
}
