<?php

/**
 * Where the secrets come from, and the ways in which PHP prints something: for the scripts here, which `CanaryTest`
 * runs.
 */

declare(strict_types=1);

use S3Storage\Exception\S3Exception;

/** The configuration as the constructor takes it. */
function configuration(): array|string|null
{
    $folder = getenv('CANARY_FOLDER');
    $section = static fn (array $more): array => [
        'servers' => ['main' => $more + ['endpoint' => getenv('CANARY_ENDPOINT'), 'region' => 'us-east-1',
            'max_attempts' => 1]],
        'buckets' => ['files' => ['server' => 'main', 'bucket' => 'bucket']],
    ];
    switch (getenv('CANARY_SOURCE')) {
        case 'array':
            return $section(['credentials' => ['key' => getenv('CANARY_KEY'), 'secret' => getenv('CANARY_SECRET'),
                'token' => getenv('CANARY_TOKEN')]]);
        case 'variables':
            return $section(['credentials' => ['key' => '${CANARY_KEY}', 'secret' => '${CANARY_SECRET}',
                'token' => '${CANARY_TOKEN}']]);
        case 'chain':
            putenv("AWS_SHARED_CREDENTIALS_FILE=$folder/aws");
            return $section([]);
        case 'ini':
            ini_set('s3storage.config', "$folder/good.yaml");
            return null;
        default:
            return "$folder/good." . getenv('CANARY_SOURCE');
    }
}

/** A key for a call; made where it is passed on. */
function customer_key(): string
{
    return (string) base64_decode((string) getenv('CANARY_CUSTOMER_KEY'), true);
}

/** What a channel prints, under its name. */
function channel(string $name, callable $print): void
{
    echo "\n## $name\n";
    $print();
}

/** A value in every way that PHP prints one. */
function dump(string $name, mixed $value): void
{
    channel("var_dump of $name", static fn () => var_dump($value));
    channel("print_r of $name", static fn () => print_r($value));
    channel("debug_zval_dump of $name", static fn () => debug_zval_dump($value));
    foreach (['var_export', 'json_encode', 'serialize', 'http_build_query', 'strval'] as $function) {
        channel("$function of $name", static function () use ($function, $value): void {
            try {
                echo $function === 'var_export' ? var_export($value, true) : $function($value);
            } catch (Throwable $e) {
                echo $e::class, ': ', $e->getMessage();
            }
        });
    }
    if (is_object($value)) {
        channel("cast of $name", static fn () => var_dump((array) $value, get_object_vars($value)));
        channel("mangled properties of $name", static fn () => var_dump(get_mangled_object_vars($value)));
        channel("Reflection of $name", static fn () => reflect($value));
        channel("iteration of $name", static function () use ($value): void {
            foreach ((array) new ArrayObject($value) as $property => $inner) {
                var_dump($property, $inner);
            }
        });
    }
}

function reflect(object $object): void
{
    $class = new ReflectionObject($object);
    echo $class;
    var_dump($class->getConstants(), $class->getStaticProperties(), $class->getDefaultProperties());
    foreach ($class->getProperties() as $property) {
        var_dump($property->name, $property->isInitialized($object) ? $property->getValue($object) : null);
    }
    foreach ($class->getMethods() as $method) {
        if (!$method->isStatic() && $method->isPublic()) {
            $closure = $method->getClosure($object);
            var_dump($closure);
            $reflected = new ReflectionFunction($closure);
            echo $reflected;
            var_dump($reflected->getStaticVariables(), $reflected->getClosureUsedVariables());
        }
    }
}

/** An exception in every way. */
function dump_exception(string $name, Throwable $exception): void
{
    channel("exception of $name", static function () use ($exception): void {
        for ($e = $exception; $e !== null; $e = $e->getPrevious()) {
            echo $e, "\n", $e->getMessage(), "\n", $e->getTraceAsString(), "\n";
            var_dump($e, $e->getTrace());
            print_r($e);
            if ($e instanceof S3Exception) {
                var_dump($e->getDetails(), $e->getAwsErrorCode(), $e->getRequestId());
            }
            error_log((string) $e);
        }
    });
    foreach (['var_export', 'serialize', 'json_encode'] as $function) {
        channel("$function of the exception of $name", static function () use ($function, $exception): void {
            try {
                echo $function === 'var_export' ? var_export($exception, true) : $function($exception);
            } catch (Throwable $e) {
                echo $e::class, ': ', $e->getMessage();
            }
        });
    }
}

function failing(string $name, callable $call): void
{
    try {
        $result = $call();
        channel("result of $name", static fn () => var_dump(is_object($result) ? $result : gettype($result)));
    } catch (Throwable $exception) {
        dump_exception($name, $exception);
    }
}

/** Prints the frames of our calls with their arguments, from within them. */
function witness(): bool
{
    foreach (debug_backtrace(DEBUG_BACKTRACE_PROVIDE_OBJECT) as $frame) {
        if (str_starts_with($frame['class'] ?? '', 'S3Storage')) {
            channel('frame of ' . $frame['function'], static fn () => var_dump($frame));
        }
    }
    debug_print_backtrace();
    return true;
}
