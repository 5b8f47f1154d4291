<?php

declare(strict_types=1);

namespace S3Storage\RoadRunner;

use ReflectionMethod;
use ReflectionObject;
use S3Storage\Exception\InvalidArgumentException;

/**
 * The methods of an object, by the names that calls have for them.
 *
 * @internal
 */
final class Plugin
{
    /** @var array<string, string> */
    private array $methods = [];

    public function __construct(string $name, private readonly object $object)
    {
        foreach ((new ReflectionObject($object))->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
            $takesOne = $method->getNumberOfParameters() >= 1 && $method->getNumberOfRequiredParameters() <= 1;
            if ($takesOne && !$method->isStatic() && !str_starts_with($method->name, '__')) {
                $this->methods[ucfirst($method->name)] = $method->name;
            }
        }
        if ($this->methods === []) {
            throw new InvalidArgumentException(
                "the plugin \"$name\" has nothing to call: " . $object::class . ' has no public method of one argument',
            );
        }
    }

    /** @param string $name The whole name, `<plugin>.<Method>`. */
    public function call(string $name, mixed $payload): mixed
    {
        $called = substr((string) strstr($name, '.'), 1);
        $method = $this->methods[$called] ?? throw new RpcException(
            "$name: there is no method \"$called\"; known: " . implode(', ', array_keys($this->methods)),
        );
        return $this->object->$method($payload);
    }
}
