// Runs worker.php under FrankenPHP in worker mode, and asks it many times at once.
//
//	frankenphp WORKER THREADS REQUESTS
//
// It prints what failed, and the resident memory after a warm-up and at the end; it fails if either is not as it should be.
package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dunglas/frankenphp"
)

// What may come on top of the memory after the warm-up: allocators and the collector of Go do not give everything back at once.
const allowedGrowth = 4 << 20

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "frankenphp:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 3 {
		return fmt.Errorf("usage: frankenphp WORKER THREADS REQUESTS")
	}
	worker := arguments[0]
	threads, err := strconv.Atoi(arguments[1])
	if err != nil {
		return err
	}
	requests, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	// One thread more than workers is the least that it takes.
	err = frankenphp.Init(
		frankenphp.WithNumThreads(threads+1),
		frankenphp.WithWorkers("s3storage", worker, threads),
		frankenphp.WithLogger(logger),
	)
	if err != nil {
		return err
	}
	warmUp := requests / 10
	failed := ask(worker, threads, 0, warmUp)
	before, err := resident()
	if err != nil {
		return err
	}
	failed += ask(worker, threads, warmUp, requests)
	after, err := resident()
	if err != nil {
		return err
	}
	frankenphp.Shutdown()
	fmt.Printf("%d requests on %d threads, %d failed, %d KiB after %d requests, %d KiB at the end\n",
		requests, threads, failed, before>>10, warmUp, after>>10)
	if failed > 0 {
		return fmt.Errorf("%d requests failed", failed)
	}
	if after > before+allowedGrowth {
		return fmt.Errorf("the memory grew by %d KiB", (after-before)>>10)
	}
	return nil
}

// ask makes the requests with these numbers, twice as many at once as there are threads; it answers how many failed.
func ask(worker string, threads, from, to int) int64 {
	var next, failed atomic.Int64
	next.Store(int64(from))
	var all sync.WaitGroup
	for range 2 * threads {
		all.Go(func() {
			for {
				number := next.Add(1) - 1
				if number >= int64(to) {
					return
				}
				if err := request(worker, number); err != nil {
					if failed.Add(1) <= 10 {
						fmt.Fprintf(os.Stderr, "request %d: %v\n", number, err)
					}
				}
			}
		})
	}
	all.Wait()
	return failed.Load()
}

func request(worker string, number int64) error {
	url := fmt.Sprintf("http://localhost/%s?number=%d", filepath.Base(worker), number)
	inner, err := frankenphp.NewRequestWithContext(
		httptest.NewRequest(http.MethodGet, url, nil),
		frankenphp.WithRequestDocumentRoot(filepath.Dir(worker), false),
		frankenphp.WithWorkerName("s3storage"),
	)
	if err != nil {
		return err
	}
	answer := httptest.NewRecorder()
	if err := frankenphp.ServeHTTP(answer, inner); err != nil {
		return err
	}
	body, err := io.ReadAll(answer.Result().Body)
	if err != nil {
		return err
	}
	if answer.Code != http.StatusOK || string(body) != "ok" {
		return fmt.Errorf("%d %s", answer.Code, body)
	}
	return nil
}

// resident answers the resident memory of this process in bytes.
func resident() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			kibibytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kibibytes << 10, err
		}
	}
	return 0, fmt.Errorf("no VmRSS in /proc/self/status")
}
