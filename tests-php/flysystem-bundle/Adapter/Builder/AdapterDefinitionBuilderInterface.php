<?php

declare(strict_types=1);

namespace League\FlysystemBundle\Adapter\Builder;

use Symfony\Component\Config\Definition\Builder\NodeDefinition;
use Symfony\Component\DependencyInjection\ContainerBuilder;

/** A double: what an adapter of others is, from version 3.7 of league/flysystem-bundle on. */
interface AdapterDefinitionBuilderInterface
{
    public function getName(): string;

    public function getRequiredPackages(): array;

    public function addConfiguration(NodeDefinition $node): void;

    public function createAdapter(
        ContainerBuilder $container,
        string $storageName,
        array $options,
        ?string $defaultVisibilityForDirectories,
    ): ?string;
}
