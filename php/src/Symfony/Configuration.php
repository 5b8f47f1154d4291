<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use Symfony\Component\Config\Definition\Builder\ArrayNodeDefinition;
use Symfony\Component\Config\Definition\Builder\NodeBuilder;

/**
 * The tree of `s3storage:`. Keys of servers and buckets are the extension's, and so is the judgement of their values.
 *
 * @internal
 */
final class Configuration
{
    /** What an instance has; at the top they are those of the instance `default`. */
    private const INSTANCE = ['config', 'default', 'servers', 'buckets'];

    private const SERVER = [
        'driver' => 's3 (default), local or memory',
        'root' => 'The folder of the driver local',
        'provider' => 'aws, r2, b2, spaces, minio, ceph, garage or generic; otherwise told by the endpoint',
        'region' => null,
        'endpoint' => 'Absent for AWS',
        'public_endpoint' => 'What URLs are signed for, where that is not the endpoint',
        'path_style' => 'Whether the bucket is in the path of the URL, and not in its host',
        'connect_timeout' => 'Seconds',
        'read_timeout' => 'Seconds of silence',
        'operation_timeout' => 'Seconds of a request with its retries',
        'minimum_rate' => 'Bytes a second',
        'max_attempts' => null,
        'ca_file' => 'A PEM file with the certificates to trust instead of the system\'s',
        'proxy' => null,
        'allow_link_local' => null,
    ];

    private const BUCKET = [
        'server' => 'A name of "servers"',
        'bucket' => 'The name that the bucket has there',
        'prefix' => 'What every key begins with',
        'visibility' => 'public or private, of what is written without one',
        'url' => 'Base of permanent URLs',
        'acl' => 'When object ACLs are sent: auto, on or off',
        'max_concurrent_operations' => 'Of a process',
        'part_size' => 'Bytes',
        'concurrency' => 'Parts of an upload at once',
    ];

    public static function tree(ArrayNodeDefinition $root): void
    {
        $root->beforeNormalization()->always(self::withInstances(...));
        $children = $root->children();
        $children->scalarNode('default_instance')
            ->info('What S3Storage\Storage is; otherwise the one that is called "default", or the only one');
        self::instance(self::named($children, 'instances', 'What stands below "default" may stand at the top'));
        self::adapter(self::named($children, 'flysystem', 'Adapters of Flysystem: services s3storage.flysystem.NAME. ' .
            'Each bucket of the default instance has one by its alias'));
        $children->scalarNode('logger')->defaultValue('logger')
            ->info('A service of PSR-3, on the channel s3storage where it is "logger"; false is none');
        $children->booleanNode('events')->defaultFalse()
            ->info('Whether the event dispatcher gets an S3Storage\OperationEvent for each operation');
        $children->booleanNode('profiler')->defaultValue('%kernel.debug%')
            ->info('Whether the profiler has a panel');
    }

    /** The keys of an adapter of Flysystem. */
    public static function adapter(ArrayNodeDefinition $adapter): void
    {
        $children = $adapter->children();
        $children->scalarNode('instance')->defaultNull()->info('Otherwise the default one');
        $children->scalarNode('bucket')->defaultNull()->info('An alias; otherwise the instance\'s default');
        $children->scalarNode('prefix')->defaultValue('')->info('Within the bucket\'s own');
        $children->arrayNode('options')->normalizeKeys(false)->info('Of every call, such as CacheControl')
            ->variablePrototype();
    }

    private static function instance(ArrayNodeDefinition $instance): void
    {
        $children = $instance->children();
        $children->append((new ValueNodeDefinition('config'))
            ->info('A file (.yaml, .toml, .json) instead of the keys that follow; with none of them it is the one ' .
                'of the ini setting s3storage.config, or of the variable S3STORAGE_CONFIG'));
        $children->append((new ValueNodeDefinition('default'))->info('Alias of the bucket that is selected'));
        $server = self::named($children, 'servers', null);
        $keys = $server->children();
        self::values($keys, self::SERVER);
        $credentials = $keys->arrayNode('credentials')->info('Otherwise the AWS chain is asked')->children();
        $credentials->append(new ValueNodeDefinition('key'));
        $credentials->append((new ValueNodeDefinition('secret'))->secret()->info('%env(...)%'));
        $credentials->append((new ValueNodeDefinition('token'))->secret()->info('%env(...)%'));
        self::values(self::named($children, 'buckets', null)->children(), self::BUCKET);
        $instance->validate()
            ->ifTrue(static fn (array $values): bool => isset($values['config'])
                && array_filter([$values['default'] ?? null, $values['servers'], $values['buckets']]) !== [])
            ->thenInvalid('"config" names a file that has everything: leave out "default", "servers" and "buckets".');
    }

    private static function named(NodeBuilder $children, string $name, ?string $info): ArrayNodeDefinition
    {
        $node = $children->arrayNode($name)->normalizeKeys(false)->useAttributeAsKey('name');
        if ($info !== null) {
            $node->info($info);
        }
        return $node->arrayPrototype();
    }

    /** @param array<string, string|null> $keys */
    private static function values(NodeBuilder $children, array $keys): void
    {
        foreach ($keys as $key => $info) {
            $node = new ValueNodeDefinition($key);
            if ($info !== null) {
                $node->info($info);
            }
            $children->append($node);
        }
    }

    private static function withInstances(mixed $values): mixed
    {
        $keys = array_flip(self::INSTANCE);
        if (!is_array($values) || isset($values['instances']) || array_intersect_key($values, $keys) === []) {
            return $values;
        }
        return ['instances' => ['default' => array_intersect_key($values, $keys)]] + array_diff_key($values, $keys);
    }
}
