<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use DateTimeImmutable;
use S3Storage;
use S3Storage\PresignedPost;

/** Forms that upload without credentials, posted by the curl of the command line; and what the server refuses of them. */
final class PresignedPostTest extends StorageTestCase
{
    /** @return iterable<string, array{string}> */
    public static function keys(): iterable
    {
        $keys = ['plain.txt', 'with space+plus', 'percent%2Fslash%', 'a//b', '~tilde/é/日本語', 'q?u#e&r=y', '@at',
            '<less', "quote'\"<>;type=x"];
        foreach ($keys as $key) {
            yield $key => [$key];
        }
    }

    /** @dataProvider keys */
    public function testCurlUploadsWithTheForm(string $key): void
    {
        if ($key === 'a//b') {
            self::skipOnMinio('MinIO stores no such keys');
        }
        $content = random_bytes(5_000);
        $form = $this->s3->presignPost($key, contentType: 'application/x-test');
        self::assertFalse($this->s3->exists($key), 'signing sends nothing');
        self::assertAccepted(204, $this->upload($form, $content));
        self::assertSameBytes($content, $this->s3->read($key));
        self::assertSame('application/x-test', $this->s3->getMetadata($key)->mimeType);
    }

    public function testCurlUploadsOverHttps(): void
    {
        $server = Server::startTls();
        $s3 = new S3Storage($server->config());
        $form = $s3->presignPost('a b');
        self::assertStringStartsWith('https://127.0.0.1:', $form->url);
        $trust = ['--cacert', (string) $server->caFile];
        self::assertAccepted(204, Curl::post($form->url, $form->fields, 'x', options: $trust));
        self::assertSame('x', $s3->read('a b'));
        $server->stop();
    }

    public function testAFormWithALargeContentArrives(): void
    {
        $content = random_bytes(8 * 1024 * 1024);
        self::assertAccepted(204, $this->upload($this->s3->presignPost('big'), $content));
        self::assertSameBytes($content, $this->s3->read('big'));
    }

    public function testEverythingThatTheFormNamesIsStored(): void
    {
        $form = $this->s3->presignPost(
            'described',
            contentType: 'text/html; charset=utf-8',
            metadata: ['Owner' => '42', 'note' => 'two  spaces, "quotes" \\ <&>', 'n' => 7],
            options: [
                'cacheControl' => 'max-age=60',
                'contentDisposition' => 'attachment; filename="a;b.txt"',
                'contentEncoding' => 'identity',
                'tags' => ['team' => 'R and D', 'empty' => ''],
            ],
        );
        self::assertAccepted(204, $this->upload($form, 'x'));
        $info = $this->s3->getMetadata('described');
        self::assertSame('text/html; charset=utf-8', $info->mimeType);
        $metadata = $info->metadata;
        ksort($metadata);
        self::assertSame(['n' => '7', 'note' => 'two  spaces, "quotes" \\ <&>', 'owner' => '42'], $metadata);
        $headers = RawHttp::get($this->s3->presignGet('described')->url)->headers;
        self::assertSame('max-age=60', $headers['cache-control']);
        self::assertSame('attachment; filename="a;b.txt"', $headers['content-disposition']);
        self::assertSame('identity', $headers['content-encoding']);
        self::assertSame('2', $headers['x-amz-tagging-count']);
    }

    public function testAStorageClassIsStored(): void
    {
        $form = $this->s3->presignPost('cold', options: ['storageClass' => 'REDUCED_REDUNDANCY']);
        self::assertAccepted(204, $this->upload($form, 'x'));
        self::assertSame('REDUCED_REDUNDANCY', $this->s3->getMetadata('cold')->storageClass);
    }

    public function testAFormCanMakeThePublicObject(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $form = $this->s3->presignPost('open', visibility: 'public');
        self::assertSame('public-read', $form->fields['acl']);
        self::assertAccepted(204, $this->upload($form, 'x'));
        self::assertSame('x', RawHttp::get($this->s3->getPublicUrl('open'))->body);
    }

    public function testContentsOfOtherSizesAreRefusedByTheServer(): void
    {
        $form = $this->s3->presignPost('sized', minSize: 10, maxSize: 20);
        foreach ([9, 21, 0, 100_000] as $size) {
            self::assertSame(400, $this->upload($form, str_repeat('x', $size))->status, "$size bytes");
        }
        self::assertFalse($this->s3->exists('sized'));
        foreach ([10, 20] as $size) {
            self::assertAccepted(204, $this->upload($form, str_repeat('x', $size)));
            self::assertSame($size, $this->s3->getMetadata('sized')->size);
        }
    }

    public function testAnotherTypeIsRefusedByTheServer(): void
    {
        $form = $this->s3->presignPost('typed', contentType: 'image/png');
        $this->assertRefused($this->upload($form, 'x', ['Content-Type' => 'text/html']));
        self::assertAccepted(204, $this->upload($form, 'x'));
        self::assertSame('image/png', $this->s3->getMetadata('typed')->mimeType);
    }

    public function testATypeThatBeginsOtherwiseIsRefusedByTheServer(): void
    {
        $form = $this->s3->presignPost('typed', contentTypePrefix: 'image/');
        self::assertArrayNotHasKey('Content-Type', $form->fields);
        $this->assertRefused($this->upload($form, 'x'));
        $this->assertRefused($this->upload($form, 'x', ['Content-Type' => 'text/html']));
        self::assertAccepted(204, $this->upload($form, 'x', ['Content-Type' => 'image/webp']));
        self::assertSame('image/webp', $this->s3->getMetadata('typed')->mimeType);
        $any = $this->s3->presignPost('typed', contentTypePrefix: '');
        self::assertAccepted(204, $this->upload($any, 'x', ['Content-Type' => 'text/html']));
    }

    public function testATamperedFormIsRefusedByTheServer(): void
    {
        $this->s3->write('mine', 'x');
        $form = $this->s3->presignPost('mine', maxSize: 10, metadata: ['role' => 'user']);
        $policy = (string) base64_decode($form->fields['policy'], true);
        $signature = $form->fields['x-amz-signature'];
        $tampered = [
            'a larger size' => ['policy' => base64_encode(str_replace(' 10]', ' 9910]', $policy))],
            'a longer life' => ['policy' => base64_encode(preg_replace('/"20\d\d/', '"2999', $policy, 1))],
            'a policy of spaces more' => ['policy' => base64_encode("$policy ")],
            'another key' => ['key' => $this->prefix . 'yours'],
            'other metadata' => ['x-amz-meta-role' => 'admin'],
            'more metadata' => ['x-amz-meta-more' => '1'],
            'another signature' => ['x-amz-signature' => strrev($signature)],
            'another access key' => ['x-amz-credential' => "x{$form->fields['x-amz-credential']}"],
            'another date' => ['x-amz-date' => '20130524T000000Z'],
            'no policy' => ['policy' => null],
            'no signature' => ['x-amz-signature' => null],
        ];
        foreach ($tampered as $what => $fields) {
            $changed = array_filter($fields + $form->fields, 'is_string');
            self::assertNotSame($form->fields, $changed, $what);
            $status = Curl::post($form->url, $changed, 'y')->status;
            self::assertContains($status, [400, 403], $what);
        }
        self::assertSame('x', $this->s3->read('mine'));
        self::assertFalse($this->s3->exists('yours'));
        self::assertAccepted(204, $this->upload($form, 'z'));
    }

    public function testAnExpiredFormIsRefusedByTheServer(): void
    {
        $form = $this->s3->presignPost('late', 1);
        usleep(2_200_000);
        $this->assertRefused($this->upload($form, 'x'));
        self::assertFalse($this->s3->exists('late'));
    }

    public function testTheNameOfTheFileCanBeTheRestOfThePathname(): void
    {
        $form = $this->s3->presignPost('in/user-7/', options: ['keyStartsWith' => true]);
        self::assertSame("{$this->prefix}in/user-7/\${filename}", $form->fields['key']);
        self::assertAccepted(204, Curl::post($form->url, $form->fields, 'x', 'my photo.jpg'));
        self::assertSame(['in/user-7/my photo.jpg'], self::pathnames($this->s3->list('in/')));
        $chosen = ['key' => "{$this->prefix}in/user-7/chosen"];
        self::assertAccepted(204, $this->upload($form, 'x', $chosen), 'any name behind the pathname');
        $this->assertRefused($this->upload($form, 'x', ['key' => "{$this->prefix}in/user-8/a"]));
        self::assertCount(2, self::pathnames($this->s3->list('in/')));
    }

    public function testTheAnswerIsTheOneThatWasAskedFor(): void
    {
        foreach ([200, 201, 204] as $status) {
            $form = $this->s3->presignPost('a', options: ['successActionStatus' => $status]);
            $answer = $this->upload($form, 'x');
            self::assertAccepted($status, $answer);
            if ($status === 201) {
                self::assertStringContainsString('<Key>' . $this->prefix . 'a</Key>', $answer->body);
            }
        }
        $form = $this->s3->presignPost('a', options: ['successActionRedirect' => 'http://app.example/done?x=1']);
        $answer = Curl::post($form->url, $form->fields, 'x', options: ['--dump-header', '-', '--output', '/dev/null']);
        self::assertSame(303, $answer->status);
        self::assertMatchesRegularExpression('~^location: http://app\.example/done\?~im', $answer->body);
        self::assertStringContainsString('key=' . urlencode($this->prefix . 'a'), $answer->body);
    }

    public function testFormsAreMadeForThePublicEndpoint(): void
    {
        $public = 'https://files.example.com';
        $form = $this->storage(['public_endpoint' => $public])->presignPost('a');
        self::assertSame("$public/" . Environment::bucket(), $form->url);
        $aws = ['endpoint' => null, 'provider' => 'aws', 'region' => 'eu-west-1'];
        $form = $this->storage($aws, ['bucket' => 'photos'])->presignPost('a');
        self::assertSame('https://photos.s3.eu-west-1.amazonaws.com/', $form->url);
    }

    public function testThePolicyHasAConditionForEveryField(): void
    {
        $token = ['token' => 'session+token'] + self::section()['credentials'];
        $end = new DateTimeImmutable('+10 minutes');
        $form = $this->storage(['credentials' => $token])->presignPost('a', $end, maxSize: 9);
        self::assertEqualsWithDelta($end->getTimestamp(), $form->expiresAt, 1);
        self::assertSame('session+token', $form->fields['x-amz-security-token']);
        $policy = json_decode((string) base64_decode($form->fields['policy'], true), true, 8, JSON_THROW_ON_ERROR);
        self::assertSame(gmdate('Y-m-d\TH:i:s\Z', $form->expiresAt), $policy['expiration']);
        $covered = array_merge(...array_filter($policy['conditions'], static fn (array $c) => !array_is_list($c)));
        self::assertSame(Environment::bucket(), $covered['bucket']);
        foreach (array_diff_key($form->fields, ['policy' => 1, 'x-amz-signature' => 1]) as $name => $value) {
            self::assertSame($value, $covered[$name], $name);
        }
        self::assertContains(['content-length-range', 0, 9], $policy['conditions']);
    }

    public function testTheSecretIsNotInTheForm(): void
    {
        $credentials = ['key' => 'AKCANARY', 'secret' => 'CANARY-SECRET-5b'];
        $form = $this->storage(['credentials' => $credentials])->presignPost('a');
        $all = print_r($form, true) . base64_decode($form->fields['policy'], true);
        self::assertStringNotContainsString('CANARY-SECRET-5b', $all);
    }

    /**
     * @dataProvider wrongForms
     * @param array<string, mixed> $arguments
     */
    public function testAWrongFormIsRefused(array $arguments, string $message, string $code = 'INVALID_ARGUMENT'): void
    {
        $presign = fn () => $this->s3->presignPost(...$arguments + ['pathname' => 'a']);
        self::assertStringContainsString($message, self::assertRefusedLocally($code, $presign)->getMessage());
    }

    /** @return iterable<string, array{0: array<string, mixed>, 1: string, 2?: string}> */
    public static function wrongForms(): iterable
    {
        yield 'no life' => [['expiresIn' => 0], 'expiresIn must be 1 second to 7 days'];
        yield 'a long life' => [['expiresIn' => 604_801], 'expiresIn must be 1 second to 7 days'];
        yield 'negative size' => [['maxSize' => -1], 'maxSize must be 0 bytes or more'];
        yield 'sizes crossed' => [['minSize' => 2, 'maxSize' => 1], 'minSize is 2 bytes, more than maxSize, 1 bytes'];
        yield 'two types' => [['contentType' => 'a/b', 'contentTypePrefix' => 'a/'], 'not both'];
        yield 'line break' => [['contentType' => "a/b\r\nx: y"], 'contentType must not contain control characters'];
        yield 'line break in prefix' => [['contentTypePrefix' => "a/\n"], 'contentTypePrefix must not contain'];
        yield 'metadata name' => [['metadata' => ['a b' => 'c']], 'metadata name "a b"'];
        yield 'metadata value' => [['metadata' => ['a' => "b\n"]], 'metadata "a" must not contain'];
        yield 'visibility' => [['visibility' => 'all'], 'visibility', 'INVALID_VISIBILITY'];
        yield 'pathname' => [['pathname' => '../a'], 'a', 'INVALID_PATHNAME'];
        yield 'variable' => [['pathname' => 'a/${filename}'], '${filename} cannot be part of the name'];
        yield 'unknown option' => [['options' => ['cache' => 'x']], 'unknown option "cache"; known: cacheControl, '];
        yield 'status' => [['options' => ['successActionStatus' => 202]], 'must be 200, 201 or 204, not 202'];
        yield 'text as status' => [['options' => ['successActionStatus' => '201']], 'Status must be an int'];
        yield 'flag as text' => [['options' => ['keyStartsWith' => 'yes']], 'keyStartsWith must be a bool'];
        yield 'redirect' => [['options' => ['successActionRedirect' => '/done']], 'must be an http or https URL'];
        yield 'tag' => [['options' => ['tags' => ['a' => "\x01"]]], 'tag "a" must not contain control characters'];
        yield 'tag without name' => [['options' => ['tags' => ['' => 'a']]], 'tag "" must have a name of 1 to 128'];
    }

    /** @param array<string, string> $changed */
    private function upload(PresignedPost $form, string $content, array $changed = []): Curl
    {
        return Curl::post($form->url, $changed + $form->fields, $content);
    }

    private static function assertAccepted(int $status, Curl $answer, string $message = ''): void
    {
        self::assertSame($status, $answer->status, "$message $answer->body");
    }

    /** MinIO answers 403 to what breaks a policy, S3 and the dev server 403 or 400. */
    private function assertRefused(Curl $answer): void
    {
        self::assertContains($answer->status, [400, 403], $answer->body);
        self::assertStringContainsString('<Error>', $answer->body);
    }
}
