<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use League\Flysystem\FilesystemAdapter;
use S3Storage;
use S3Storage\Storage;
use Symfony\Component\Config\Definition\Exception\InvalidConfigurationException;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\DependencyInjection\Argument\ServiceLocatorArgument;
use Symfony\Component\DependencyInjection\Attribute\Target;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\ContainerInterface;
use Symfony\Component\DependencyInjection\Definition;
use Symfony\Component\DependencyInjection\Reference;

/**
 * The services of the bundle, by its configuration.
 *
 * @internal
 */
final class Services
{
    private const DEFAULT = 'default';

    /** @param array<string, mixed> $config */
    public static function register(array $config, ContainerBuilder $container): void
    {
        self::factory($config, $container);
        $instances = $config['instances'] ?: [self::DEFAULT => ['servers' => [], 'buckets' => []]];
        $default = self::defaultOf($instances, $config['default_instance'] ?? null);
        foreach ($instances as $name => $instance) {
            self::instance((string) $name, $instance, $default, $container);
        }
        $container->setAlias(S3Storage::class, self::id($default));
        $container->setAlias(Storage::class, self::id($default));
        $buckets = array_keys($instances[$default]['buckets']);
        self::flysystem($buckets, $config['flysystem'], array_keys($instances), $container);
        self::command(array_keys($instances), $container);
    }

    /** @param array<string, mixed> $config */
    private static function factory(array $config, ContainerBuilder $container): void
    {
        $invalid = ContainerInterface::NULL_ON_INVALID_REFERENCE;
        // A logger that is named has to be there.
        $logger = match ($config['logger']) {
            false, null => null,
            true, 'logger' => new Reference('logger', $invalid),
            default => new Reference($config['logger']),
        };
        $container->register('s3storage.factory', StorageFactory::class)
            ->setArguments([
                $logger,
                $config['events'] ? new Reference('event_dispatcher') : null,
                new Reference('s3storage.recorder', $invalid),
            ])
            ->addTag('monolog.logger', ['channel' => 's3storage']);
        if ($container->getParameterBag()->resolveValue($config['profiler'])) {
            $container->register('s3storage.recorder', OperationRecorder::class)
                ->addTag('kernel.reset', ['method' => 'reset']);
            $container->register('s3storage.data_collector', StorageDataCollector::class)
                ->setArguments([new Reference('s3storage.recorder')])
                ->addTag('data_collector', ['id' => 's3storage', 'template' => StorageDataCollector::getTemplate()]);
        }
    }

    /** @param array<string, mixed> $instance */
    private static function instance(string $name, array $instance, string $default, ContainerBuilder $container): void
    {
        $given = array_filter($instance, static fn (mixed $value): bool => $value !== null && $value !== []);
        $configuration = $given['config'] ?? $given;
        $container->register(self::id($name), S3Storage::class)
            ->setFactory([new Reference('s3storage.factory'), 'create'])
            ->setArguments([$name, $configuration ?: null]);
        if ($name !== $default) {
            self::named(self::id($name), $name, $container);
        }
        foreach (array_keys($instance['buckets']) as $alias) {
            $id = "s3storage.bucket.$name.$alias";
            $container->register($id, S3Storage::class)
                ->setFactory([new Reference(self::id($name)), 'bucket'])
                ->setArguments([(string) $alias]);
            $argument = $name === $default ? (string) $alias : "$name.$alias";
            self::named($id, $argument, $container);
        }
    }

    /** Makes a service the value of the arguments `$name` and `$nameStorage`. Some names are none that arguments have. */
    private static function named(string $id, string $name, ContainerBuilder $container): void
    {
        foreach ([$name, "$name.storage"] as $target) {
            $argument = (new Target($target))->getParsedName();
            if (preg_match('/^[a-zA-Z_\x7f-\xff]/', $argument) !== 1) {
                continue;
            }
            if ($container->hasAlias(Storage::class . " \$$argument")) {
                throw new InvalidConfigurationException("s3storage: two buckets or instances would be the argument " .
                    "\$$argument, one of them called \"$name\": rename one.");
            }
            $container->registerAliasForArgument($id, Storage::class, $target);
            $container->registerAliasForArgument($id, S3Storage::class, $target);
        }
    }

    /**
     * @param list<string|int>                    $buckets of the default instance
     * @param array<string, array<string, mixed>> $adapters
     * @param list<string|int>                    $instances
     */
    private static function flysystem(
        array $buckets,
        array $adapters,
        array $instances,
        ContainerBuilder $container,
    ): void {
        if (!interface_exists(FilesystemAdapter::class)) {
            $adapters === [] || throw new InvalidConfigurationException('"s3storage.flysystem" needs Flysystem: ' .
                'composer require league/flysystem');
            return;
        }
        foreach ($buckets as $alias) {
            $adapters += [$alias => ['instance' => null, 'bucket' => (string) $alias, 'prefix' => '', 'options' => []]];
        }
        $names = array_map('strval', $instances);
        foreach ($adapters as $name => $keys) {
            if ($keys['instance'] !== null && !in_array((string) $keys['instance'], $names, true)) {
                throw new InvalidConfigurationException("s3storage.flysystem.$name.instance: there is no instance " .
                    "\"$keys[instance]\"; known: " . implode(', ', $names));
            }
            $container->setDefinition("s3storage.flysystem.$name", FlysystemAdapter::definition($keys));
        }
    }

    /** @param list<string|int> $instances */
    private static function command(array $instances, ContainerBuilder $container): void
    {
        if (!class_exists(Command::class)) {
            return;
        }
        $references = [];
        foreach ($instances as $name) {
            $references[$name] = new Reference(self::id((string) $name));
        }
        $container->setDefinition('s3storage.command.check', (new Definition(CheckCommand::class))
            ->setArguments([new ServiceLocatorArgument($references), array_map('strval', $instances)])
            ->addTag('console.command', ['command' => CheckCommand::NAME, 'description' => CheckCommand::ABOUT]));
    }

    /** @param array<string, mixed> $instances */
    private static function defaultOf(array $instances, string|int|null $named): string
    {
        $default = $named ?? (isset($instances[self::DEFAULT]) ? self::DEFAULT : null);
        if ($default === null && count($instances) === 1) {
            $default = (string) array_key_first($instances);
        }
        if ($default === null || !isset($instances[$default])) {
            throw new InvalidConfigurationException('s3storage.default_instance: name one of ' .
                implode(', ', array_keys($instances)));
        }
        return (string) $default;
    }

    private static function id(string $instance): string
    {
        return "s3storage.instance.$instance";
    }
}
