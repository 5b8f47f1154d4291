<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use FilesystemIterator;
use JsonException;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;
use ReflectionClass;
use ReflectionClassConstant;
use ReflectionException;
use ReflectionExtension;
use ReflectionMethod;
use ReflectionParameter;
use ReflectionProperty;
use ReflectionType;
use RuntimeException;

/**
 * What classes declare, as plain arrays: the same for a class of an extension and for the stub that describes it.
 *
 * Left out is what cannot be the same or cannot be written in PHP: files, doc comments, the internal flag, whether
 * constructor parameters are promoted, whether an object may be cloned or serialized. Private properties and constants
 * are left out as nobody's concern; private methods are not, since a private constructor concerns everybody. Inherited
 * members are dumped where they are declared.
 *
 * The keys of a dump say what an entry is (`method write()`, `parameter #1`), so that a path through it can be read.
 *
 * @phpstan-type Dump array<string, array<string, mixed>> class name to what the class declares
 */
final class ReflectionDump
{
    /**
     * The classes of a loaded extension.
     *
     * @return Dump
     */
    public static function ofExtension(string $extension): array
    {
        return self::classes((new ReflectionExtension($extension))->getClasses());
    }

    /**
     * The classes of a directory of stubs, and their docs. Read by another PHP process: here the names may be taken.
     *
     * @return array{declarations: Dump, docs: array<string, string>} docs by class, method and property; '' for none
     */
    public static function ofStubs(string $directory): array
    {
        $code = sprintf('require $argv[1]; echo json_encode(%s::load($argv[2]), JSON_THROW_ON_ERROR);', self::class);
        // -n: without any php.ini, and so without the extension.
        $options = ['-n', '-d', 'error_reporting=-1', '-d', 'display_errors=1', '-d', 'log_errors=0'];
        $command = [PHP_BINARY, ...$options, '-r', $code, '--', __FILE__, $directory];
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes);
        if ($process === false) {
            throw new RuntimeException('cannot start a PHP process to read the stubs');
        }
        $output = (string) stream_get_contents($pipes[1]);
        proc_close($process);
        try {
            return json_decode($output, true, flags: JSON_THROW_ON_ERROR);
        } catch (JsonException) {
            throw new RuntimeException("the stubs cannot be read: $output");
        }
    }

    /**
     * Loads the stubs of a directory into this process and dumps them.
     *
     * @return array{declarations: Dump, docs: array<string, string>} as of {@see ofStubs()}
     */
    public static function load(string $directory): array
    {
        // Whatever the order of the files: a parent or interface is loaded by the class that names it.
        spl_autoload_register(static function (string $class) use ($directory): void {
            $file = sprintf('%s/%s.php', $directory, strtr(preg_replace('/^S3Storage\\\\/', '', $class), '\\', '/'));
            if (is_file($file)) {
                require_once $file;
            }
        });
        $before = self::declared();
        foreach (self::files($directory) as $file) {
            require_once $file;
        }
        $names = array_diff(self::declared(), $before);
        $classes = array_map(static fn (string $name): ReflectionClass => new ReflectionClass($name), $names);

        return ['declarations' => self::classes($classes), 'docs' => self::docs($classes)];
    }

    /**
     * What two dumps do not have in common, one line for each difference.
     *
     * @param array<string, mixed> $stubs
     * @param array<string, mixed> $extension
     *
     * @return list<string> such as `S3Storage, method read(), parameter #1, name: stubs "a", extension "b"`
     */
    public static function differences(array $stubs, array $extension, string $path = ''): array
    {
        $differences = [];
        foreach ($stubs + $extension as $key => $_) {
            $at = $path === '' ? (string) $key : "$path, $key";
            if (!array_key_exists($key, $extension)) {
                $differences[] = "$at: only in the stubs";
            } elseif (!array_key_exists($key, $stubs)) {
                $differences[] = "$at: only in the extension";
            } elseif (is_array($stubs[$key]) && is_array($extension[$key])) {
                array_push($differences, ...self::differences($stubs[$key], $extension[$key], $at));
            } elseif ($stubs[$key] !== $extension[$key]) {
                $differences[] = sprintf('%s: stubs %s, extension %s', $at, ...array_map(
                    static fn (mixed $value): string => json_encode($value, JSON_UNESCAPED_SLASHES),
                    [$stubs[$key], $extension[$key]],
                ));
            }
        }

        return $differences;
    }

    /** @return list<string> */
    private static function declared(): array
    {
        return [...get_declared_classes(), ...get_declared_interfaces(), ...get_declared_traits()];
    }

    /** @return list<string> */
    private static function files(string $directory): array
    {
        $files = [];
        $entries = new RecursiveDirectoryIterator($directory, FilesystemIterator::SKIP_DOTS);
        foreach (new RecursiveIteratorIterator($entries) as $entry) {
            if ($entry->getExtension() === 'php') {
                $files[] = $entry->getPathname();
            }
        }
        sort($files);

        return $files;
    }

    /**
     * @param iterable<ReflectionClass<object>> $classes
     *
     * @return Dump
     */
    private static function classes(iterable $classes): array
    {
        $dump = [];
        foreach ($classes as $class) {
            $dump[$class->getName()] = self::declaration($class);
        }
        ksort($dump);

        return $dump;
    }

    /**
     * @param ReflectionClass<object> $class
     *
     * @return array<string, mixed>
     */
    private static function declaration(ReflectionClass $class): array
    {
        $interfaces = $class->getInterfaceNames();
        sort($interfaces);
        $own = static fn (ReflectionClassConstant|ReflectionProperty|ReflectionMethod $member): bool
            => $member->getDeclaringClass()->getName() === $class->getName()
            && ($member instanceof ReflectionMethod || !$member->isPrivate());
        $properties = array_filter($class->getProperties(), $own);
        $dump = [
            'kind' => match (true) {
                $class->isInterface() => 'interface',
                $class->isTrait() => 'trait',
                $class->isEnum() => 'enum',
                default => 'class',
            },
            'final' => $class->isFinal(),
            'abstract' => $class->isAbstract() && !$class->isInterface(),
            'readonly' => $class->isReadOnly(),
            'parent' => $class->getParentClass() ? $class->getParentClass()->getName() : null,
            'interfaces' => implode(', ', $interfaces),
            'attributes' => self::attributes($class),
            // The order of properties is that of var_dump() and of a constructor's parameters.
            'order of properties' => implode(', ', array_map(
                static fn (ReflectionProperty $property): string => $property->getName(),
                array_values($properties),
            )),
        ];
        foreach (array_filter($class->getReflectionConstants(), $own) as $constant) {
            $dump["constant {$constant->getName()}"] = [
                'visibility' => self::visibility($constant),
                'final' => $constant->isFinal(),
                'value' => var_export($constant->getValue(), true),
            ];
        }
        foreach ($properties as $property) {
            $dump["property \${$property->getName()}"] = self::property($property);
        }
        foreach (array_filter($class->getMethods(), $own) as $method) {
            $dump["method {$method->getName()}()"] = self::method($method);
        }

        return $dump;
    }

    /** @return array<string, mixed> */
    private static function property(ReflectionProperty $property): array
    {
        return [
            'visibility' => self::visibility($property),
            'static' => $property->isStatic(),
            'readonly' => $property->isReadOnly(),
            'type' => self::type($property->getType()),
            'default' => $property->hasDefaultValue() ? var_export($property->getDefaultValue(), true) : 'none',
            'attributes' => self::attributes($property),
        ];
    }

    /** @return array<string, mixed> */
    private static function method(ReflectionMethod $method): array
    {
        $dump = [
            'visibility' => self::visibility($method),
            'static' => $method->isStatic(),
            'final' => $method->isFinal(),
            'abstract' => $method->isAbstract(),
            'by reference' => $method->returnsReference(),
            'return type' => self::type($method->getReturnType()),
            'attributes' => self::attributes($method),
        ];
        foreach ($method->getParameters() as $parameter) {
            $dump['parameter #' . ($parameter->getPosition() + 1)] = self::parameter($parameter);
        }

        return $dump;
    }

    /** @return array<string, mixed> */
    private static function parameter(ReflectionParameter $parameter): array
    {
        $default = $parameter->isDefaultValueAvailable() ? var_export($parameter->getDefaultValue(), true) : 'none';

        return [
            'name' => $parameter->getName(),
            'type' => self::type($parameter->getType()),
            'optional' => $parameter->isOptional(),
            'default' => $default,
            'variadic' => $parameter->isVariadic(),
            'by reference' => $parameter->isPassedByReference(),
            'attributes' => self::attributes($parameter),
        ];
    }

    /** A type in one spelling: the parts of a union sorted, `?T` as `T|null`, `iterable` as what it stands for. */
    private static function type(?ReflectionType $type): ?string
    {
        if ($type === null) {
            return null;
        }
        $text = preg_replace('/^\?(.+)$/', '$1|null', (string) $type);
        $parts = [];
        foreach (explode('|', $text) as $part) {
            array_push($parts, ...($part === 'iterable' ? ['Traversable', 'array'] : [$part]));
        }
        $parts = array_unique($parts);
        sort($parts);

        return implode('|', $parts);
    }

    private static function visibility(ReflectionClassConstant|ReflectionProperty|ReflectionMethod $member): string
    {
        return match (true) {
            $member->isPublic() => 'public',
            $member->isProtected() => 'protected',
            default => 'private',
        };
    }

    /** @param ReflectionClass<object>|ReflectionProperty|ReflectionMethod|ReflectionParameter $of */
    private static function attributes(
        ReflectionClass|ReflectionProperty|ReflectionMethod|ReflectionParameter $of,
    ): string {
        $attributes = [];
        foreach ($of->getAttributes() as $attribute) {
            $arguments = $attribute->getArguments();
            $attributes[] = $attribute->getName() . ($arguments === [] ? '' : json_encode($arguments));
        }
        sort($attributes);

        return implode(', ', $attributes);
    }

    /**
     * The doc comments that a reader of the stubs sees: a method without one shows that of the method it implements.
     *
     * @param iterable<ReflectionClass<object>> $classes
     *
     * @return array<string, string> '' where there is none
     */
    private static function docs(iterable $classes): array
    {
        $docs = [];
        foreach ($classes as $class) {
            $name = $class->getName();
            $docs[$name] = (string) $class->getDocComment();
            foreach ($class->getProperties(ReflectionProperty::IS_PUBLIC) as $property) {
                if ($property->getDeclaringClass()->getName() === $name) {
                    $docs["$name::\${$property->getName()}"] = (string) $property->getDocComment();
                }
            }
            foreach ($class->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
                if ($method->getDeclaringClass()->getName() === $name) {
                    $docs["$name::{$method->getName()}()"] = self::methodDoc($method);
                }
            }
        }
        ksort($docs);

        return $docs;
    }

    private static function methodDoc(ReflectionMethod $method): string
    {
        $doc = (string) $method->getDocComment();
        if ($doc !== '') {
            return $doc;
        }
        try {
            return self::methodDoc($method->getPrototype());
        } catch (ReflectionException) {
            return '';
        }
    }
}
