<?php

declare(strict_types=1);

namespace S3Storage\RoadRunner;

use Exception;
use S3Storage;
use S3Storage\Exception\InvalidArgumentException;
use S3Storage\Exception\S3Exception;
use S3Storage\Storage;
use TypeError;

/** What {@see Rpc} does, with and without goridge. */
trait Calls
{
    /** @var array<string, Plugin> */
    private array $plugins = [];

    private ?string $service = null;

    private ?object $codec = null;

    /**
     * @param Storage|array<string, mixed>|string|null $storage A handle, or what `new S3Storage()` takes: an array, the
     *     path of a configuration such as `.rr.yaml`, or nothing for the setting `s3storage.config`.
     *
     * @throws S3Storage\Exception\InvalidConfigException The configuration is wrong.
     */
    public function __construct(Storage|array|string|null $storage = null)
    {
        $this->register('s3', new S3Plugin($storage instanceof Storage ? $storage : new S3Storage($storage)));
    }

    /**
     * Makes the methods of an object callable as `<plugin>.<Method>`.
     *
     * Those are its public, non-static methods that take one argument, the payload; what they return is the answer. A
     * call names a method as it is declared, with its first letter in upper case: `custom.Hello` is `Hello()` or
     * `hello()`, never `HELLO()`.
     *
     * @param string $plugin The name in front of the dot.
     *
     * @throws InvalidArgumentException The name is empty, has a dot or is taken, or the object has no such method.
     */
    public function register(string $plugin, object $methods): void
    {
        if ($plugin === '' || str_contains($plugin, '.')) {
            throw new InvalidArgumentException("\"$plugin\" cannot name a plugin: it must not be empty or have a dot");
        }
        if (isset($this->plugins[$plugin])) {
            throw new InvalidArgumentException("a plugin \"$plugin\" is registered already");
        }
        $this->plugins[$plugin] = new Plugin($plugin, $methods);
    }

    /**
     * The same, for methods that are named without their plugin: `withServicePrefix('s3')->call('Write', …)`.
     */
    public function withServicePrefix(string $service): static
    {
        $rpc = clone $this;
        $rpc->service = $service;
        return $rpc;
    }

    /**
     * The same, with payloads and answers that go through a codec of goridge as they would on a connection: what it
     * refuses is refused, and objects become what it makes of them. Without one, values are passed as they are.
     *
     * @param object $codec A `Spiral\Goridge\RPC\CodecInterface`.
     */
    public function withCodec(object $codec): static
    {
        if (!method_exists($codec, 'encode') || !method_exists($codec, 'decode')) {
            throw new InvalidArgumentException($codec::class . ' is no codec: it must have encode() and decode()');
        }
        $rpc = clone $this;
        $rpc->codec = $codec;
        return $rpc;
    }

    /**
     * Calls a method of a plugin.
     *
     * @param string $method  `<plugin>.<Method>`, such as `s3.Write`.
     * @param mixed  $payload What the method takes.
     * @param mixed  $options What the codec takes for decoding the answer; null where there is no codec.
     *
     * @throws S3Error      An operation of the plugin `s3` failed.
     * @throws RpcException There is no such method, or one of another plugin failed.
     */
    public function call(string $method, mixed $payload, mixed $options = null): mixed
    {
        if ($options !== null && $this->codec === null) {
            throw new RpcException('options are for the codec, and there is none: set it with withCodec()');
        }
        $name = $this->service === null ? $method : $this->service . '.' . ucfirst($method);
        $payload = $this->codec === null ? $payload : $this->codec->decode($this->codec->encode($payload));
        try {
            $answer = $this->plugin($name)->call($name, $payload);
        } catch (RpcException $exception) {
            throw $exception;
        } catch (S3Exception $exception) {
            throw S3Error::of($exception);
        } catch (Exception | TypeError $exception) {
            throw new RpcException("$name: {$exception->getMessage()}", 0, $exception);
        }
        return $this->codec === null ? $answer : $this->codec->decode($this->codec->encode($answer), $options);
    }

    private function plugin(string $method): Plugin
    {
        $name = strstr($method, '.', true);
        if ($name === false) {
            throw new RpcException("\"$method\" names no method: it must be <plugin>.<Method>, such as s3.Write");
        }
        return $this->plugins[$name] ?? throw new RpcException(
            "$method: there is no plugin \"$name\"; known: " . implode(', ', array_keys($this->plugins)),
        );
    }
}
