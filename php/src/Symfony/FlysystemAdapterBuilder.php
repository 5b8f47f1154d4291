<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use League\FlysystemBundle\Adapter\Builder\AdapterDefinitionBuilderInterface;
use S3Storage\Flysystem\S3StorageAdapter;
use Symfony\Component\Config\Definition\Builder\NodeDefinition;
use Symfony\Component\Config\Definition\Builder\TreeBuilder;
use Symfony\Component\Config\Definition\Processor;
use Symfony\Component\DependencyInjection\ContainerBuilder;

/**
 * The adapter `s3storage` of `league/flysystem-bundle`, for versions that take adapters of others (3.7 or newer).
 *
 * @internal
 */
final class FlysystemAdapterBuilder implements AdapterDefinitionBuilderInterface
{
    public function getName(): string
    {
        return 's3storage';
    }

    /** @return array<class-string, string> */
    public function getRequiredPackages(): array
    {
        return [S3StorageAdapter::class => 's3storage/adapters'];
    }

    public function addConfiguration(NodeDefinition $node): void
    {
        Configuration::adapter($node);
    }

    /** @param array<string, mixed> $options */
    public function createAdapter(
        ContainerBuilder $container,
        string $storageName,
        array $options,
        ?string $defaultVisibilityForDirectories,
    ): ?string {
        // Of the form with `adapter` and `options` the options come as they were written.
        $tree = new TreeBuilder('options');
        Configuration::adapter($tree->getRootNode());
        $keys = (new Processor())->process($tree->buildTree(), [$options]);
        // A storage's `directory_visibility` comes with each call; the adapter needs no default of its own.
        $container->setDefinition($id = "flysystem.adapter.$storageName", FlysystemAdapter::definition($keys));
        return $id;
    }
}
