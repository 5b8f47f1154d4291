<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DateTimeImmutable;
use S3Storage;

/** Permanent and presigned URLs; whatever is fetched is fetched by PHP's own HTTP client. */
final class UrlTest extends StorageTestCase
{
    private const WEEK = 604_800;

    public function testAPermanentUrlIsTheServersAndEncoded(): void
    {
        $base = Environment::endpoint() . '/' . Environment::bucket() . '/' . $this->prefix;
        self::assertSame("{$base}a/b%20c%2Bd%3F%23%25%C3%A9", $this->s3->getPublicUrl('a/b c+d?#%é'));
        self::assertSame($this->s3->getPublicUrl('a'), $this->s3->getPublicUrl('a', expiresIn: 0));
        self::assertStringNotContainsString('?', $this->s3->getPublicUrl('a'));
    }

    public function testTheUrlOfABucketGoesBeforeTheServer(): void
    {
        $s3 = $this->storage([], ['url' => 'https://cdn.example/files//', 'prefix' => 'p']);
        self::assertSame('https://cdn.example/files/p/a%20b', $s3->getPublicUrl('a b'));
        $presigned = $s3->getPublicUrl('a b', 60);
        self::assertStringStartsWith(Environment::endpoint() . '/', $presigned, 'a presigned URL is the server\'s');
    }

    public function testUrlsAreMadeForThePublicEndpoint(): void
    {
        $public = str_replace('127.0.0.1', 'localhost', Environment::endpoint());
        if ($public === Environment::endpoint()) {
            self::markTestSkipped('the server has no other name');
        }
        $s3 = $this->storage(['public_endpoint' => "$public/"]);
        $s3->write('a', 'x');
        $bucket = Environment::bucket();
        self::assertSame("$public/$bucket/{$this->prefix}a", $s3->getPublicUrl('a'));
        self::assertStringStartsWith("$public/$bucket/{$this->prefix}a?", $s3->presignGet('a')->url);
        self::assertSame('x', RawHttp::get($s3->presignGet('a')->url)->body);
        $put = $s3->presignPut('a');
        self::assertSame(200, RawHttp::put($put->url, 'y', $put->headers)->status);
        self::assertSame('y', $s3->read('a'));
    }

    public function testAnAwsUrlHasTheBucketInItsHost(): void
    {
        $aws = ['endpoint' => null, 'provider' => 'aws', 'region' => 'eu-west-1'];
        $s3 = $this->storage($aws, ['bucket' => 'photos', 'prefix' => '']);
        self::assertSame('https://photos.s3.eu-west-1.amazonaws.com/a%20b', $s3->getPublicUrl('a b'));
        $query = self::query($s3->presignGet('a')->url);
        self::assertStringContainsString('/eu-west-1/s3/aws4_request', $query['X-Amz-Credential']);
    }

    public function testAPresignedUrlFetchesThePrivateObject(): void
    {
        $this->s3->write('a b.txt', 'secret');
        $presigned = $this->s3->presignGet('a b.txt', 120);
        self::assertSame('GET', $presigned->method);
        self::assertSame([], $presigned->headers);
        self::assertEqualsWithDelta(time() + 120, $presigned->expiresAt, 2);
        self::assertSame('120', self::query($presigned->url)['X-Amz-Expires']);
        $response = RawHttp::get($presigned->url);
        self::assertSame([200, 'secret', 'text/plain'], [
            $response->status, $response->body, $response->headers['content-type'],
        ]);
        self::assertSame('secret', RawHttp::get($this->s3->getPublicUrl('a b.txt', 60))->body);
    }

    public function testAPresignedDownloadOverridesHeadersOfTheResponse(): void
    {
        $this->s3->write('a', 'x', contentType: 'text/plain');
        $disposition = 'attachment; filename="a b&c.txt"';
        $url = $this->s3->presignGet('a', contentType: 'text/html', contentDisposition: $disposition)->url;
        $headers = RawHttp::get($url)->headers;
        self::assertSame('text/html', $headers['content-type']);
        self::assertSame($disposition, $headers['content-disposition']);
    }

    public function testAPresignedUploadArrives(): void
    {
        $presigned = $this->s3->presignPut('up.bin');
        self::assertSame('PUT', $presigned->method);
        self::assertEqualsWithDelta(time() + 3600, $presigned->expiresAt, 2);
        self::assertFalse($this->s3->exists('up.bin'), 'signing sends nothing');
        $content = random_bytes(100_000);
        self::assertSame(200, RawHttp::put($presigned->url, $content, $presigned->headers)->status);
        self::assertSameBytes($content, $this->s3->read('up.bin'));
    }

    public function testAPresignedUploadWithContentTypeTakesThatTypeOnly(): void
    {
        $presigned = $this->s3->presignPut('up', contentType: 'text/csv');
        self::assertSame(['content-type' => 'text/csv'], array_change_key_case($presigned->headers));
        $other = RawHttp::put($presigned->url, 'x', ['Content-Type' => 'text/html']);
        self::assertSame(403, $other->status);
        self::assertFalse($this->s3->exists('up'));
        self::assertSame(200, RawHttp::put($presigned->url, 'x', $presigned->headers)->status);
        self::assertSame('text/csv', $this->s3->getMetadata('up')->mimeType);
    }

    public function testAPresignedUploadCanMakeThePublicObject(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $presigned = $this->s3->presignPut('up', visibility: 'public');
        self::assertSame(['x-amz-acl' => 'public-read'], array_change_key_case($presigned->headers));
        self::assertSame(403, RawHttp::put($presigned->url, 'x')->status, 'the header is part of the signature');
        self::assertSame(200, RawHttp::put($presigned->url, 'x', $presigned->headers)->status);
        self::assertSame('x', RawHttp::get($this->s3->getPublicUrl('up'))->body);
    }

    public function testAnExpiryMayBeAMoment(): void
    {
        $end = new DateTimeImmutable('+10 minutes');
        foreach ([$this->s3->presignGet('a', $end), $this->s3->presignPut('a', $end)] as $presigned) {
            self::assertEqualsWithDelta($end->getTimestamp(), $presigned->expiresAt, 1);
            self::assertEqualsWithDelta(600, (int) self::query($presigned->url)['X-Amz-Expires'], 2);
        }
        $url = $this->s3->getPublicUrl('a', new \DateTime('+1 minute', new \DateTimeZone('Asia/Tokyo')));
        self::assertEqualsWithDelta(60, (int) self::query($url)['X-Amz-Expires'], 2);
    }

    public function testExpiriesOutOfRangeAreRefused(): void
    {
        $wrong = [-1, self::WEEK + 1, PHP_INT_MAX, PHP_INT_MIN, new DateTimeImmutable('-1 minute'),
            new DateTimeImmutable('+8 days'), new DateTimeImmutable('9999-01-01'), new DateTimeImmutable('1900-01-01')];
        foreach ($wrong as $expiry) {
            self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->getPublicUrl('a', $expiry));
            self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->presignGet('a', $expiry));
            self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->presignPut('a', $expiry));
        }
        $never = fn () => $this->s3->presignGet('a', 0);
        $message = self::assertRefusedLocally('INVALID_ARGUMENT', $never)->getMessage();
        self::assertStringContainsString('expiresIn must be 1 second to 7 days (604800 seconds) from now', $message);
        self::assertSame('604800', self::query($this->s3->presignGet('a', self::WEEK)->url)['X-Amz-Expires']);
        self::assertSame('1', self::query($this->s3->presignGet('a', 1)->url)['X-Amz-Expires']);
    }

    public function testAnExpiredUrlIsRefusedByTheServer(): void
    {
        $this->s3->write('a', 'x');
        $url = $this->s3->presignGet('a', 1)->url;
        self::assertSame(200, RawHttp::get($url)->status);
        usleep(2_200_000);
        self::assertSame(403, RawHttp::get($url)->status);
    }

    public function testATamperedUrlIsRefusedByTheServer(): void
    {
        $this->s3->write('mine', 'x');
        $this->s3->write('yours', 'y');
        $url = $this->s3->presignGet('mine', 60)->url;
        self::assertSame(200, RawHttp::get($url)->status);
        $signature = self::query($url)['X-Amz-Signature'];
        $digit = substr($signature, -1) === '0' ? '1' : '0';
        $tampered = [
            'another path' => str_replace('/mine?', '/yours?', $url),
            'another signature' => str_replace($signature, substr($signature, 0, -1) . $digit, $url),
            'a longer life' => str_replace('X-Amz-Expires=60', 'X-Amz-Expires=6000', $url),
            'no signature' => str_replace("X-Amz-Signature=$signature", '', $url),
            'another key' => str_replace('Credential=' . Environment::accessKey(), 'Credential=other', $url),
        ];
        foreach ($tampered as $what => $changed) {
            self::assertNotSame($url, $changed, $what);
            self::assertContains(RawHttp::get($changed)->status, [400, 403], $what);
        }
        self::assertSame(403, RawHttp::put($url, 'z')->status, 'another method');
        self::assertSame('x', $this->s3->read('mine'));
    }

    public function testSigningIsOfflineAndAsksNothing(): void
    {
        $server = Server::start();
        $s3 = new S3Storage($server->config());
        $url = $s3->presignGet('missing')->url;
        $s3->presignPut('missing', contentType: 'text/plain');
        $s3->getPublicUrl('missing');
        $s3->getPublicUrl('missing', 60);
        self::assertSame([], $server->requests());
        self::assertSame(404, RawHttp::get($url)->status);
        $server->stop();
        $start = microtime(true);
        self::assertStringStartsWith($server->endpoint, $s3->presignGet('a')->url);
        self::assertLessThan(5, microtime(true) - $start);
    }

    public function testTheSecretIsNotInTheUrl(): void
    {
        $credentials = ['key' => 'AKCANARY', 'secret' => 'CANARY-SECRET-5b'];
        $s3 = $this->storage(['credentials' => $credentials]);
        self::assertStringNotContainsString('CANARY-SECRET-5b', print_r($s3->presignGet('a'), true));
        self::assertStringNotContainsString('CANARY-SECRET-5b', print_r($s3->presignPut('a'), true));
    }

    public function testASessionTokenIsPartOfTheUrl(): void
    {
        $credentials = ['token' => 'session+token/='] + self::section()['credentials'];
        $url = $this->storage(['credentials' => $credentials])->presignGet('a')->url;
        self::assertSame('session+token/=', self::query($url)['X-Amz-Security-Token']);
    }

    public function testAVersionIsPartOfTheUrl(): void
    {
        $url = $this->s3->presignGet('a', options: ['versionId' => 'v 1'])->url;
        self::assertSame('v 1', self::query($url)['versionId']);
        $wrong = fn () => $this->s3->presignGet('a', options: ['version' => '1']);
        $message = self::assertRefusedLocally('INVALID_ARGUMENT', $wrong)->getMessage();
        self::assertStringContainsString('versionId', $message);
    }

    public function testADownloadAnswersWithTheHeadersOfItsUrl(): void
    {
        $this->s3->write('a', 'x', cacheControl: 'no-store', options: ['contentLanguage' => 'en']);
        $moment = 1_900_000_000;
        foreach ([$moment, new DateTimeImmutable("@$moment")] as $expires) {
            $url = $this->s3->presignGet('a', options: [
                'responseCacheControl' => 'max-age=60, public',
                'responseContentEncoding' => 'identity',
                'responseContentLanguage' => 'de, fr',
                'responseExpires' => $expires,
            ])->url;
            self::assertSame('Sun, 17 Mar 2030 17:46:40 GMT', self::query($url)['response-expires']);
            $response = RawHttp::get($url);
            self::assertSame(200, $response->status, $response->body);
            self::assertSame('max-age=60, public', $response->headers['cache-control']);
            self::assertSame('identity', $response->headers['content-encoding']);
            self::assertSame('de, fr', $response->headers['content-language']);
            self::assertSame('Sun, 17 Mar 2030 17:46:40 GMT', $response->headers['expires']);
        }
    }

    public function testWrongOptionsOfADownloadAreRefused(): void
    {
        $get = fn (array $options) => fn () => $this->s3->presignGet('a', options: $options);
        foreach (['responseCacheControl', 'responseContentEncoding', 'responseContentLanguage'] as $option) {
            foreach (["a\r\nb", '', 7] as $value) {
                $refused = self::assertRefusedLocally('INVALID_ARGUMENT', $get([$option => $value]));
                self::assertStringContainsString($option, $refused->getMessage());
            }
            self::assertStringNotContainsString('response-', $get([$option => null])()->url);
        }
        foreach ([-1, 253_402_300_800, PHP_INT_MAX, 'tomorrow', new \stdClass()] as $moment) {
            $refused = self::assertRefusedLocally('INVALID_ARGUMENT', $get(['responseExpires' => $moment]));
            self::assertStringContainsString('responseExpires must be', $refused->getMessage());
        }
    }

    public function testAnUploadStoresTheHeadersThatItHasToSend(): void
    {
        $put = $this->s3->presignPut('up', contentType: 'text/csv', options: [
            'cacheControl' => 'max-age=60',
            'contentDisposition' => 'attachment; filename="a b.csv"',
            'contentEncoding' => 'identity',
            'metadata' => ['Owner' => 42, 'note' => 'two  spaces'],
        ]);
        $required = ['cache-control' => 'max-age=60', 'content-disposition' => 'attachment; filename="a b.csv"',
            'content-encoding' => 'identity', 'content-type' => 'text/csv', 'x-amz-meta-note' => 'two  spaces',
            'x-amz-meta-owner' => '42'];
        self::assertSame($required, $put->headers);
        foreach (array_keys($required) as $name) {
            // MinIO answers 400 where one is missing.
            $without = array_diff_key($required, [$name => 1]);
            self::assertContains(Curl::put($put->url, 'x', $without)->status, [400, 403], $name);
            self::assertSame(403, Curl::put($put->url, 'x', [$name => 'other'] + $required)->status, $name);
        }
        self::assertFalse($this->s3->exists('up'));
        self::assertSame(200, Curl::put($put->url, 'x', $put->headers)->status);
        $info = $this->s3->getMetadata('up');
        self::assertSame(['text/csv', '42'], [$info->mimeType, $info->metadata['owner']]);
        $headers = RawHttp::get($this->s3->presignGet('up')->url)->headers;
        self::assertSame('max-age=60', $headers['cache-control']);
        self::assertSame('attachment; filename="a b.csv"', $headers['content-disposition']);
    }

    public function testAnUploadOfASignedLengthHasThatLength(): void
    {
        $put = $this->s3->presignPut('sized', options: ['contentLength' => 5]);
        self::assertSame(['content-length' => '5'], $put->headers);
        foreach (['four', 'sixsix', ''] as $content) {
            self::assertSame(403, Curl::put($put->url, $content)->status, "'$content'");
        }
        self::assertFalse($this->s3->exists('sized'));
        self::assertSame(200, Curl::put($put->url, 'fives')->status, 'a client sends its length by itself');
        self::assertSame('fives', $this->s3->read('sized'));
    }

    public function testWrongOptionsOfAnUploadAreRefused(): void
    {
        $wrong = [
            'contentLength must be 0 bytes or more' => ['contentLength' => -1],
            'contentLength is 5368709121 bytes' => ['contentLength' => 5_368_709_121],
            'contentLength must be an int' => ['contentLength' => '5'],
            'cacheControl must not contain control characters' => ['cacheControl' => "a\nb"],
            'contentDisposition must be ASCII; a file name' => ['contentDisposition' => 'attachment; filename="é"'],
            'contentEncoding must be a string' => ['contentEncoding' => 1],
            'metadata "a" must not contain' => ['metadata' => ['a' => "b\r\nc"]],
            'metadata must be an array' => ['metadata' => 'a'],
            'metadata name "A" is there twice' => ['metadata' => ['a' => '1', 'A' => '2']],
            'unknown option "storageClass"; known: cacheControl, ' => ['storageClass' => 'GLACIER'],
        ];
        foreach ($wrong as $words => $options) {
            $put = fn () => $this->s3->presignPut('a', options: $options);
            $message = self::assertRefusedLocally('INVALID_ARGUMENT', $put)->getMessage();
            self::assertStringContainsString($words, $message);
        }
    }

    public function testADownloadIsNamedInAnyLettersAsTheErrorSays(): void
    {
        $named = fn (string $disposition) => $this->s3->presignGet('a', contentDisposition: $disposition);
        $refused = self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $named('attachment; filename="naïve.txt"'));
        $right = 'attachment; filename*=UTF-8\'\'' . rawurlencode('naïve.txt');
        self::assertStringEndsWith(" $right", $refused->getMessage());
        $this->s3->write('a', 'x');
        self::assertSame($right, RawHttp::get($named($right)->url)->headers['content-disposition']);
    }

    public function testHeaderValuesWithLineBreaksAreRefused(): void
    {
        $value = "text/plain\r\nX-Evil: 1";
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->presignGet('a', contentType: $value));
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->presignGet('a', contentDisposition: $value));
        self::assertRefusedLocally('INVALID_ARGUMENT', fn () => $this->s3->presignPut('a', contentType: $value));
        self::assertRefusedLocally('INVALID_VISIBILITY', fn () => $this->s3->presignPut('a', visibility: 'all'));
    }

    /** @return array<string, string> */
    private static function query(string $url): array
    {
        $query = [];
        foreach (explode('&', (string) parse_url($url, PHP_URL_QUERY)) as $pair) {
            [$name, $value] = explode('=', $pair, 2) + [1 => ''];
            $query[rawurldecode($name)] = rawurldecode($value);
        }
        return $query;
    }
}
