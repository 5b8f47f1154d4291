/* Runs a script in many threads of one process, each a PHP of its own: threads SCRIPT THREADS REQUESTS WAVES
 *
 * In each wave the threads start, make their requests and end. A script knows $thread, $request and $wave, and exits with 0 if it is content.
 * The last line tells how many requests failed, and how many descriptors were open after the first wave and after the last one. */

#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>

#include "php.h"
#include "php_main.h"
#include "ext/standard/basic_functions.h"
#include "sapi/embed/php_embed.h"

static const char *script;
static long requests;
static long wave;
static atomic_long failed;

static void request(long thread, long number)
{
	zval value;
	zend_file_handle file;

	if (php_request_startup() == FAILURE) {
		failed++;
		return;
	}
	/* As the command line does: warnings of a script that nobody reads are none. */
	SG(headers_sent) = 1;
	SG(request_info).no_headers = 1;
	zend_first_try {
		ZVAL_LONG(&value, thread);
		zend_hash_str_update(&EG(symbol_table), ZEND_STRL("thread"), &value);
		ZVAL_LONG(&value, number);
		zend_hash_str_update(&EG(symbol_table), ZEND_STRL("request"), &value);
		ZVAL_LONG(&value, wave);
		zend_hash_str_update(&EG(symbol_table), ZEND_STRL("wave"), &value);
		zend_stream_init_filename(&file, script);
		php_execute_script(&file);
		zend_destroy_file_handle(&file);
	} zend_end_try();
	zend_try {
		php_call_shutdown_functions();
	} zend_end_try();
	php_free_shutdown_functions();
	if (EG(exit_status) != 0) {
		failed++;
	}
	php_request_shutdown(NULL);
}

static void *run(void *argument)
{
	(void) ts_resource(0);
	for (long number = 0; number < requests; number++) {
		request((long) (intptr_t) argument, number);
	}
	ts_free_thread();
	return NULL;
}

static int open_descriptors(void)
{
	int count = 0;
	DIR *folder = opendir("/proc/self/fd");
	while (folder != NULL && readdir(folder) != NULL) {
		count++;
	}
	closedir(folder);
	return count;
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: threads SCRIPT THREADS REQUESTS WAVES\n");
		return 2;
	}
	script = argv[1];
	long threads = atol(argv[2]);
	requests = atol(argv[3]);
	long waves = atol(argv[4]);
	pthread_t *all = calloc(threads, sizeof(pthread_t));
	int first = 0;
	int last = 0;

	if (php_embed_init(0, NULL) == FAILURE) {
		return 2;
	}
	for (wave = 0; wave < waves; wave++) {
		for (long i = 0; i < threads; i++) {
			if (pthread_create(&all[i], NULL, run, (void *) (intptr_t) i) != 0) {
				return 2;
			}
		}
		for (long i = 0; i < threads; i++) {
			pthread_join(all[i], NULL);
		}
		last = open_descriptors();
		if (wave == 0) {
			first = last;
		}
	}
	php_embed_shutdown();
	free(all);
	printf("%ld requests, %ld failed, descriptors %d then %d\n", threads * requests * waves, (long) failed, first, last);
	return failed != 0 || last > first;
}
