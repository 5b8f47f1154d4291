<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** `sendFile` in a real web server, asked by curl. */
final class SendFileTest extends StorageTestCase
{
    private const SCRIPT = <<<'PHP'
        try {
            parse_str($_SERVER['QUERY_STRING'] ?? '', $query);
            if (isset($query['printed'])) {
                ob_start();
                echo 'printed before';
                if ($query['printed'] === 'below') {
                    ob_start();
                }
            } elseif (isset($query['buffer'])) {
                ob_start();
            } elseif (isset($query['throws'])) {
                ob_start(static fn () => throw new LogicException('the buffer threw'));
            }
            $arguments = array_intersect_key($query, ['disposition' => 1, 'filename' => 1]);
            $status = $s3->sendFile(ltrim(urldecode(strtok($_SERVER['REQUEST_URI'], '?')), '/'), ...$arguments);
            if (isset($query['peak'])) {
                header_remove();
                file_put_contents($query['peak'], memory_get_peak_usage() . ' ' . ob_get_level());
            }
        } catch (Throwable $e) {
            while (ob_get_level() > 0) {
                ob_end_clean();
            }
            http_response_code(500);
            echo get_class($e), ': ', $e->getMessage();
        }
        PHP;

    private WebServer $web;

    protected function setUp(): void
    {
        parent::setUp();
        $this->s3->write('a.txt', '0123456789', contentDisposition: 'inline; filename="stored"');
        $this->web = new WebServer(self::SCRIPT, $this->config(), ['memory_limit' => '16M']);
    }

    public function testADownload(): void
    {
        ['status' => $status, 'headers' => $headers, 'body' => $body] = $this->web->request('/a.txt');
        self::assertSame([200, '0123456789'], [$status, $body]);
        self::assertSame('attachment; filename="a.txt"', $headers['content-disposition']);
        self::assertSame('nosniff', $headers['x-content-type-options']);
        self::assertSame('10', $headers['content-length']);
        self::assertSame($this->s3->getMetadata('a.txt')->etag, $headers['etag']);
    }

    public function testRangesAndConditionsComeFromTheRequest(): void
    {
        $range = ['Range' => 'bytes=2-4'];
        ['status' => $status, 'headers' => $headers, 'body' => $body] = $this->web->request('/a.txt', $range);
        self::assertSame([206, '234', 'bytes 2-4/10'], [$status, $body, $headers['content-range']]);
        $etag = ['If-None-Match' => $this->web->request('/a.txt')['headers']['etag']];
        ['status' => $status, 'headers' => $headers, 'body' => $body] = $this->web->request('/a.txt', $etag);
        self::assertSame([304, ''], [$status, $body]);
        self::assertArrayNotHasKey('content-disposition', $headers);
        self::assertSame(416, $this->web->request('/a.txt', ['Range' => 'bytes=20-'])['status']);
        $changed = ['Range' => 'bytes=2-4', 'If-Range' => '"other"'];
        self::assertSame('0123456789', $this->web->request('/a.txt', $changed)['body']);
    }

    public function testTheTypeIsTheOneOfTheObjectAndNeverPhpsOwn(): void
    {
        self::assertSame('text/plain', $this->web->request('/a.txt')['headers']['content-type']);
        $unchanged = $this->web->request('/a.txt', ['If-None-Match' => '*']);
        self::assertSame(304, $unchanged['status']);
        self::assertArrayNotHasKey('content-type', $unchanged['headers']);

        $page = '<script>alert(1)</script>';
        $faults = new FaultServer(["HTTP/1.1 200 OK\r\nContent-Length: 25\r\nETag: \"e\"\r\n\r\n$page"]);
        $web = new WebServer(self::SCRIPT, $this->config(['endpoint' => $faults->endpoint]));
        ['headers' => $headers, 'body' => $body] = $web->request('/a?disposition=inline');
        self::assertSame([$page, 'application/octet-stream'], [$body, $headers['content-type']]);
    }

    public function testRangesAndConditionsOfOtherMethodsAreNotForTheObject(): void
    {
        $etag = $this->web->request('/a.txt')['headers']['etag'];
        foreach (['Range' => 'bytes=2-4', 'If-None-Match' => $etag] as $name => $value) {
            ['status' => $status, 'body' => $body] = $this->web->request('/a.txt', [$name => $value], 'POST');
            self::assertSame([200, '0123456789'], [$status, $body], $name);
        }
    }

    public function testAHeadRequestGetsHeadersOnly(): void
    {
        ['status' => $status, 'headers' => $headers] = $this->web->request('/a.txt', method: 'HEAD');
        self::assertSame([200, '10'], [$status, $headers['content-length']]);
    }

    public function testTheNameThatItIsSavedUnder(): void
    {
        $query = 'disposition=inline&filename=' . rawurlencode('Übersicht "1".txt');
        $headers = $this->web->request("/a.txt?$query")['headers'];
        self::assertSame(
            "inline; filename=\"_bersicht _1_.txt\"; filename*=UTF-8''%C3%9Cbersicht%20%221%22%2Etxt",
            $headers['content-disposition'],
        );
        foreach (['disposition=evil', 'filename=' . rawurlencode("a\r\nX-Evil: 1")] as $query) {
            ['status' => $status, 'headers' => $headers, 'body' => $body] = $this->web->request("/a.txt?$query");
            self::assertSame(500, $status);
            self::assertStringContainsString('InvalidArgumentException', $body);
            self::assertArrayNotHasKey('x-evil', $headers);
        }
    }

    public function testNothingIsMixedWithWhatWasPrintedBefore(): void
    {
        foreach (['here', 'below'] as $where) {
            ['status' => $status, 'body' => $body] = $this->web->request("/a.txt?printed=$where");
            self::assertSame(500, $status, $where);
            self::assertStringContainsString('the answer has begun already', $body);
        }
    }

    public function testAMissingObjectIsAnExceptionAndNotAnAnswer(): void
    {
        ['status' => $status, 'body' => $body] = $this->web->request('/missing');
        self::assertSame(500, $status);
        self::assertStringContainsString('FileNotFoundException', $body);
    }

    public function testAContentThatBreaksOffIsNeverFilledUpWithAnErrorPage(): void
    {
        // What was sent of it, and whether the client can still be told by a page.
        foreach ([4 => true, 300_000 => false] as $arrived => $isUnsent) {
            $head = "HTTP/1.1 200 OK\r\nContent-Length: 300100\r\nConnection: close\r\nETag: \"e\"\r\n\r\n";
            $faults = new FaultServer([
                $head . str_repeat('x', $arrived),
                FaultServer::error(412, 'PreconditionFailed'),
            ]);
            $page = 'echo str_repeat("an error page ", 100), get_class($e)';
            $script = str_replace('echo get_class($e)', $page, self::SCRIPT);
            $web = new WebServer($script, $this->config(['endpoint' => $faults->endpoint, 'max_attempts' => 1]));
            ['status' => $status, 'headers' => $headers, 'body' => $body] = $web->request('/a');
            if ($isUnsent) {
                self::assertSame(500, $status);
                self::assertStringContainsString('ConnectionFailedException', $body);
                self::assertArrayNotHasKey('content-length', $headers);
                self::assertArrayNotHasKey('content-disposition', $headers);
            } else {
                self::assertSame([200, '300100'], [$status, $headers['content-length']]);
                self::assertStringNotContainsString('an error page', $body);
                self::assertLessThan(300_100, strlen($body));
            }
        }
    }

    public function testAnOutputBufferThatThrowsLeavesNoHeaderBehind(): void
    {
        ['status' => $status, 'headers' => $headers, 'body' => $body] = $this->web->request('/a.txt?throws=1');
        self::assertSame([500, 'LogicException: the buffer threw'], [$status, $body]);
        self::assertArrayNotHasKey('content-length', $headers);
        self::assertArrayNotHasKey('content-disposition', $headers);
    }

    public function testALargeObjectGoesThroughLittleMemory(): void
    {
        $content = random_bytes(64 * 1024 * 1024);
        $this->s3->write('large', $content);
        $peak = (string) tempnam(sys_get_temp_dir(), 's3storage-peak-');
        $body = $this->web->request('/large?buffer=1&peak=' . rawurlencode($peak))['body'];
        self::assertSameBytes($content, $body);
        [$bytes, $level] = explode(' ', (string) file_get_contents($peak));
        unlink($peak);
        self::assertLessThan(4_000_000, (int) $bytes);
        self::assertSame('0', $level, 'the output was buffered');
    }

    public function testHeadersThatAreSentAlreadyAreNoticed(): void
    {
        $code = <<<'PHP'
            echo 'x';
            flush();
            s3_thrown(fn () => s3_nowhere()->sendFile('a'));
            PHP;
        $run = Php::run($code);
        self::assertStringContainsString('OperationFailedException: the answer has begun already', $run->output);
    }
}
