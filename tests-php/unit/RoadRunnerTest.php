<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use JsonException;
use LogicException;
use S3Storage;
use S3Storage\Exception\FileNotFoundException;
use S3Storage\Exception\InvalidArgumentException;
use S3Storage\RoadRunner\Rpc;
use S3Storage\RoadRunner\RpcException;
use S3Storage\RoadRunner\S3Error;
use Spiral\Goridge\RPC\CodecInterface;
use Spiral\Goridge\RPC\Exception\ServiceException;
use Spiral\Goridge\RPC\RPCInterface;

/** The calls of the RoadRunner plugin, beside doubles of goridge's interfaces. */
final class RoadRunnerTest extends StorageTestCase
{
    private Rpc $rpc;

    protected function setUp(): void
    {
        parent::setUp();
        $this->rpc = new Rpc($this->s3);
    }

    public function testItTakesAHandleAConfigurationOrTheSetting(): void
    {
        $expected = ['buckets' => ['files'], 'default' => 'files'];
        self::assertSame($expected, (new Rpc($this->s3))->call('s3.ListBuckets', []));
        self::assertSame($expected, (new Rpc($this->config()))->call('s3.ListBuckets', []));
        $this->expectException(S3Storage\Exception\InvalidConfigException::class);
        new Rpc();
    }

    public function testAnApplicationsOwnStorageServes(): void
    {
        $double = $this->createMock(S3Storage\Storage::class);
        $double->method('listBuckets')->willReturn(['buckets' => ['a'], 'default' => 'a']);
        $double->method('bucket')->with('a')->willReturnSelf();
        $double->expects(self::once())->method('exists')->with('x')->willReturn(true);
        self::assertSame(['exists' => true], (new Rpc($double))->call('s3.Exists', ['pathname' => 'x']));
    }

    public function testAnAbsentNullOrEmptyBucketIsTheDefault(): void
    {
        $content = random_bytes(300);
        foreach ([[], ['bucket' => null], ['bucket' => ''], ['bucket' => 'files']] as $bucket) {
            $object = $bucket + ['pathname' => 'a.bin'];
            $answer = $this->rpc->call('s3.Write', $object + ['content' => base64_encode($content)]);
            self::assertSame(['success', 'pathname', 'size', 'last_modified'], array_keys($answer));
            self::assertSame([true, 'a.bin', 300], [$answer['success'], $answer['pathname'], $answer['size']]);
            self::assertEqualsWithDelta(time(), $answer['last_modified'], 60);
            $read = $this->rpc->call('s3.Read', $object);
            self::assertSame($content, base64_decode($read['content'], true));
            self::assertSame(['success' => true], $this->rpc->call('s3.Delete', $object));
            self::assertSame(['exists' => false], $this->rpc->call('s3.Exists', $object));
        }
    }

    public function testTheDefaultIsTheConfigurationsWhicheverBucketTheHandleHas(): void
    {
        $config = $this->config();
        $config['buckets']['other'] = ['prefix' => $this->prefix . 'other'] + $config['buckets']['files'];
        $config['default'] = 'files';
        $rpc = new Rpc((new S3Storage($config))->bucket('other'));
        $rpc->call('s3.Write', ['pathname' => 'a', 'content' => '']);
        self::assertTrue($this->s3->exists('a'));
        $rpc->call('s3.Copy', ['source_pathname' => 'a', 'dest_bucket' => 'other', 'dest_pathname' => 'b']);
        self::assertTrue($this->s3->exists('other/b'));
        $rpc->call('s3.Move', ['source_bucket' => 'other', 'source_pathname' => 'b', 'dest_pathname' => 'c']);
        self::assertSame(['a', 'c'], self::pathnames($this->s3->list()));
    }

    public function testWithoutADefaultABucketHasToBeNamed(): void
    {
        $config = $this->config();
        $config['buckets']['other'] = $config['buckets']['files'];
        $rpc = new Rpc($config);
        self::assertSame(['buckets' => ['files', 'other'], 'default' => ''], $rpc->call('s3.ListBuckets', []));
        $error = self::failure('BUCKET_NOT_FOUND', fn () => $rpc->call('s3.Exists', ['pathname' => 'a']));
        self::assertStringContainsString('no default bucket is configured', $error->getMessage());
        self::assertSame(['exists' => false], $rpc->call('s3.Exists', ['bucket' => 'other', 'pathname' => 'a']));
    }

    public function testVisibilityGoesAlong(): void
    {
        self::skipOnMinio('MinIO has no object ACLs');
        $write = ['pathname' => 'a', 'content' => '', 'visibility' => 'public'];
        $this->rpc->call('s3.Write', $write);
        self::assertSame('public', $this->rpc->call('s3.GetMetadata', ['pathname' => 'a'])['visibility']);
        $copy = ['source_pathname' => 'a', 'dest_pathname' => 'b', 'visibility' => 'public'];
        $this->rpc->call('s3.Copy', $copy);
        self::assertSame('public', $this->s3->getVisibility('b'));
        $this->rpc->call('s3.Move', ['source_pathname' => 'b', 'dest_pathname' => 'c', 'visibility' => 'private']);
        self::assertSame('private', $this->s3->getVisibility('c'));
        $set = ['pathname' => 'c', 'visibility' => 'public'];
        self::assertSame(['success' => true], $this->rpc->call('s3.SetVisibility', $set));
        self::assertSame('public', $this->s3->getVisibility('c'));
    }

    public function testAFailureIsTheServiceExceptionOfGoridgeWithOursAsPrevious(): void
    {
        $error = self::failure('FILE_NOT_FOUND', fn () => $this->rpc->call('s3.Read', ['pathname' => 'none.txt']));
        self::assertInstanceOf(ServiceException::class, $error);
        $previous = $error->getPrevious();
        self::assertInstanceOf(FileNotFoundException::class, $previous);
        self::assertSame('FILE_NOT_FOUND: ' . $previous->getMessage(), $error->getMessage());
        $message = $previous->getMessage();
        $shape = ['code' => 'FILE_NOT_FOUND', 'message' => $message, 'details' => $previous->getDetails()];
        self::assertSame($shape, $error->jsonSerialize());
        self::assertSame(json_encode($shape), json_encode($error));
    }

    /**
     * @dataProvider failures
     * @param array<string, mixed> $payload
     */
    public function testFailuresHaveTheCodesOfThePlugin(string $code, string $method, array $payload): void
    {
        self::failure($code, fn () => $this->rpc->call($method, $payload));
    }

    /** @return iterable<string, array{string, string, array<string, mixed>}> */
    public static function failures(): iterable
    {
        yield 'bucket' => ['BUCKET_NOT_FOUND', 's3.Exists', ['bucket' => 'nope', 'pathname' => 'a']];
        yield 'file' => ['FILE_NOT_FOUND', 's3.GetMetadata', ['pathname' => 'nope']];
        yield 'pathname' => ['INVALID_PATHNAME', 's3.Exists', ['pathname' => '../a']];
        yield 'visibility' => ['INVALID_VISIBILITY', 's3.SetVisibility', ['pathname' => 'a', 'visibility' => 'x']];
        yield 'server' => ['INVALID_CONFIG', 's3.RegisterBucket', ['name' => 'a', 'server' => 'x', 'bucket' => 'bbb']];
        yield 'taken' => ['BUCKET_ALREADY_EXISTS', 's3.RegisterBucket',
            ['name' => 'files', 'server' => 'main', 'bucket' => 'bbb']];
        yield 'life' => ['INVALID_ARGUMENT', 's3.GetPublicURL', ['pathname' => 'a', 'expires_in' => -1]];
    }

    /** @dataProvider wrongPayloads */
    public function testAWrongPayloadIsRefusedInWords(string $method, mixed $payload, string $message): void
    {
        $error = self::failure('INVALID_ARGUMENT', fn () => $this->rpc->call($method, $payload));
        self::assertSame("INVALID_ARGUMENT: $message", $error->getMessage());
        self::assertNull($error->getPrevious());
    }

    /** @return iterable<string, array{string, mixed, string}> */
    public static function wrongPayloads(): iterable
    {
        yield 'no array' => ['s3.Read', 'a.txt', 's3.Read: the payload must be an array, not string'];
        yield 'null' => ['s3.ListBuckets', null, 's3.ListBuckets: the payload must be an array, not null'];
        yield 'missing' => ['s3.Read', [], 's3.Read: "pathname" is missing'];
        yield 'missing content' => ['s3.Write', ['pathname' => 'a'], 's3.Write: "content" is missing'];
        yield 'type' => ['s3.Read', ['pathname' => 5], 's3.Read: "pathname" must be a string, not int'];
        yield 'bucket' => ['s3.Exists', ['pathname' => 'a', 'bucket' => []],
            's3.Exists: "bucket" must be a string, not array'];
        yield 'seconds' => ['s3.GetPublicURL', ['pathname' => 'a', 'expires_in' => '60'],
            's3.GetPublicURL: "expires_in" must be an int, not string'];
        yield 'base64' => ['s3.Write', ['pathname' => 'a', 'content' => 'not/base64!'],
            's3.Write: "content" is not base64'];
        yield 'unknown' => ['s3.Write', ['path' => 'a'],
            's3.Write: unknown key "path"; known: bucket, pathname, content, visibility'];
        yield 'a list' => ['s3.Exists', ['a'], 's3.Exists: unknown key "0"; known: bucket, pathname'];
        yield 'unknown, none known' => ['s3.ListBuckets', ['a' => 1], 's3.ListBuckets: unknown key "a"; it takes none'];
        yield 'copy' => ['s3.Copy', ['source_pathname' => 'a'], 's3.Copy: "dest_pathname" is missing'];
    }

    /** @dataProvider wrongNames */
    public function testAnUnknownMethodIsToldWithTheKnownOnes(string $method, string $message): void
    {
        $this->rpc->register('custom', new class {
            public function hello(string $input): string
            {
                return $input;
            }
        });
        $error = self::rpcFailure(fn () => $this->rpc->call($method, []));
        self::assertInstanceOf(ServiceException::class, $error);
        self::assertStringStartsWith($message, $error->getMessage());
    }

    /** @return iterable<string, array{string, string}> */
    public static function wrongNames(): iterable
    {
        $known = 'known: Write, Read, Exists, Delete, Copy, Move, GetMetadata, SetVisibility, GetPublicURL, '
            . 'RegisterBucket, ListBuckets';
        yield 'method' => ['s3.Rename', "s3.Rename: there is no method \"Rename\"; $known"];
        yield 'lower case' => ['s3.write', 's3.write: there is no method "write"; known: Write, '];
        yield 'another case' => ['s3.GetPublicUrl', 's3.GetPublicUrl: there is no method "GetPublicUrl"; known: '];
        yield 'constructor' => ['s3.__construct', 's3.__construct: there is no method'];
        yield 'plugin' => ['kv.Get', 'kv.Get: there is no plugin "kv"; known: s3, custom'];
        yield 'no dot' => ['Write', '"Write" names no method: it must be <plugin>.<Method>'];
        yield 'private part' => ['s3.Bucket', 's3.Bucket: there is no method "Bucket"'];
    }

    public function testMethodsOfAPluginAreFoundByTheirNames(): void
    {
        $plugin = new class {
            /** @param array<string, int> $input */
            public function sum(array $input): int
            {
                return array_sum($input);
            }

            public function fails(mixed $input): never
            {
                throw new LogicException('out of order');
            }

            public static function statically(mixed $input): void
            {
            }

            public function two(string $first, string $second): void
            {
            }

            public function none(): void
            {
            }

            public function optional(string $first, string $second = 'b'): string
            {
                return $first . $second;
            }
        };
        $this->rpc->register('math', $plugin);
        self::assertSame(6, $this->rpc->call('math.Sum', [1, 2, 3]));
        self::assertSame('ab', $this->rpc->call('math.Optional', 'a'));
        $unknown = self::rpcFailure(fn () => $this->rpc->call('math.Two', []));
        self::assertStringEndsWith('known: Sum, Fails, Optional', $unknown->getMessage());
        $failed = self::rpcFailure(fn () => $this->rpc->call('math.Fails', 1));
        self::assertSame('math.Fails: out of order', $failed->getMessage());
        self::assertInstanceOf(LogicException::class, $failed->getPrevious());
        $mistyped = self::rpcFailure(fn () => $this->rpc->call('math.Sum', 'three'));
        self::assertStringContainsString('must be of type array, string given', $mistyped->getMessage());
    }

    public function testAPluginMayUseTheStorage(): void
    {
        $plugin = new class ($this->s3) {
            public function __construct(private readonly S3Storage $s3)
            {
            }

            public function size(string $pathname): int
            {
                return (int) $this->s3->getMetadata($pathname)->size;
            }
        };
        $this->rpc->register('tools', $plugin);
        $this->s3->write('a', 'four');
        self::assertSame(4, $this->rpc->call('tools.Size', 'a'));
        self::failure('FILE_NOT_FOUND', fn () => $this->rpc->call('tools.Size', 'b'));
    }

    public function testWhatCannotBeAPluginIsRefused(): void
    {
        $fine = new class {
            public function a(mixed $payload): void
            {
            }
        };
        $names = ['' => 'must not be empty', 'a.b' => 'or have a dot', 's3' => 'is registered already'];
        foreach ($names as $name => $words) {
            self::assertRefused($words, fn () => $this->rpc->register($name, $fine));
        }
        $empty = fn () => $this->rpc->register('x', new \stdClass());
        self::assertRefused('has no public method of one argument', $empty);
    }

    public function testAServicePrefixStandsInFrontOfEveryCall(): void
    {
        self::assertInstanceOf(RPCInterface::class, $this->rpc);
        $s3 = $this->rpc->withServicePrefix('s3');
        self::assertNotSame($this->rpc, $s3);
        self::assertSame('files', $s3->call('ListBuckets', [])['default']);
        self::assertSame('files', $s3->call('listBuckets', [])['default'], 'as goridge writes it');
        self::assertSame('files', $this->rpc->call('s3.ListBuckets', [])['default'], 'the other one is as it was');
    }

    public function testACodecSeesWhatItWouldSeeOnAConnection(): void
    {
        $rpc = $this->rpc->withCodec($this->jsonCodec());
        $payload = new class implements \JsonSerializable {
            /** @return array<string, string> */
            public function jsonSerialize(): array
            {
                return ['pathname' => 'a', 'content' => base64_encode("\xff")];
            }
        };
        self::assertSame('a', $rpc->call('s3.Write', $payload)['pathname']);
        self::assertSame("\xff", $this->s3->read('a'));
        $object = $rpc->call('s3.Exists', ['pathname' => 'a'], 0);
        self::assertInstanceOf(\stdClass::class, $object, 'the options of the call are those of decoding');
        self::assertTrue($object->exists);
        $this->expectException(JsonException::class);
        $rpc->call('s3.Exists', ['pathname' => "\xff"]);
    }

    public function testOptionsWithoutACodecAndWhatIsNoCodecAreRefused(): void
    {
        $error = self::rpcFailure(fn () => $this->rpc->call('s3.Exists', ['pathname' => 'a'], 1));
        self::assertStringContainsString('withCodec()', $error->getMessage());
        self::assertRefused('stdClass is no codec', fn () => $this->rpc->withCodec(new \stdClass()));
    }

    public function testWithoutGoridgeTheSameCallsWork(): void
    {
        $result = Php::run(
            'spl_autoload_register(static function (string $class): void {
                $file = ' . var_export(dirname(__DIR__, 2), true) . ' . "/php/src/"
                    . strtr(substr($class, strlen("S3Storage\\\\")), "\\\\", "/") . ".php";
                str_starts_with($class, "S3Storage\\\\") && is_file($file) && require $file;
            });
            $rpc = new S3Storage\RoadRunner\Rpc(' . var_export($this->config(), true) . ');
            echo json_encode([class_implements($rpc), $rpc->withServicePrefix("s3")->call("ListBuckets", [])]), "\n";
            try {
                $rpc->call("s3.Read", ["pathname" => "none"]);
            } catch (S3Storage\RoadRunner\S3Error $error) {
                echo json_encode([$error->getErrorCode(), array_values(class_parents($error))]), "\n";
            }'
        );
        self::assertSame('', $result->errors);
        self::assertSame(
            '[[],{"buckets":["files"],"default":"files"}]' . "\n"
                . '["FILE_NOT_FOUND",["S3Storage\\\\RoadRunner\\\\RpcException","RuntimeException","Exception"]]'
                . "\n",
            $result->output,
        );
    }

    private function jsonCodec(): CodecInterface
    {
        return new class implements CodecInterface {
            public function getIndex(): int
            {
                return 8;
            }

            public function encode(mixed $payload): string
            {
                return json_encode($payload, JSON_THROW_ON_ERROR);
            }

            public function decode(string $payload, mixed $options = null): mixed
            {
                return json_decode($payload, $options === null, 512, JSON_THROW_ON_ERROR);
            }
        };
    }

    private static function failure(string $code, callable $call): S3Error
    {
        $error = self::rpcFailure($call);
        self::assertInstanceOf(S3Error::class, $error, $error->getMessage());
        self::assertSame($code, $error->getErrorCode(), $error->getMessage());
        return $error;
    }

    private static function rpcFailure(callable $call): RpcException
    {
        try {
            $call();
        } catch (RpcException $exception) {
            return $exception;
        }
        self::fail('the call succeeded');
    }

    private static function assertRefused(string $words, callable $call): void
    {
        try {
            $call();
        } catch (InvalidArgumentException $exception) {
            self::assertStringContainsString($words, $exception->getMessage());
            return;
        }
        self::fail('it was accepted');
    }
}
