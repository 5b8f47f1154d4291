<?php

declare(strict_types=1);

namespace League\FlysystemBundle\DependencyInjection;

use League\Flysystem\Filesystem;
use League\Flysystem\FilesystemOperator;
use League\FlysystemBundle\Adapter\Builder\AdapterDefinitionBuilderInterface;
use RuntimeException;
use Symfony\Component\Config\Definition\Builder\TreeBuilder;
use Symfony\Component\Config\Definition\Processor;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Definition;
use Symfony\Component\DependencyInjection\Extension\Extension;
use Symfony\Component\DependencyInjection\Reference;

/**
 * A double: storages whose adapter is a service (`adapter:` before 3.5, `service:` since), or one that a bundle has
 * added (`adapter:` with `options:`, or a key of its name).
 */
final class FlysystemExtension extends Extension
{
    /** @var array<string, AdapterDefinitionBuilderInterface> */
    private array $builders = [];

    public function addAdapterDefinitionBuilder(AdapterDefinitionBuilderInterface $builder): void
    {
        $this->builders[$builder->getName()] = $builder;
    }

    public function load(array $configs, ContainerBuilder $container): void
    {
        $tree = new TreeBuilder('flysystem');
        $storage = $tree->getRootNode()->children()->arrayNode('storages')->useAttributeAsKey('name')->arrayPrototype();
        $keys = $storage->children();
        $keys->scalarNode('adapter');
        $keys->arrayNode('options')->variablePrototype();
        $keys->scalarNode('service');
        $keys->scalarNode('directory_visibility')->defaultNull();
        foreach ($this->builders as $name => $builder) {
            $builder->addConfiguration($keys->arrayNode($name)->canBeUnset());
        }
        foreach ((new Processor())->process($tree->buildTree(), $configs)['storages'] as $name => $config) {
            $container->setDefinition($name, (new Definition(Filesystem::class))
                ->setArguments([new Reference($this->adapter($container, $name, $config)), [
                    'directory_visibility' => $config['directory_visibility'],
                ]])
                ->addTag('flysystem.storage', ['storage' => $name]));
            $container->registerAliasForArgument($name, FilesystemOperator::class, $name);
        }
    }

    /** @param array<string, mixed> $config */
    private function adapter(ContainerBuilder $container, string $storage, array $config): string
    {
        $used = array_intersect_key($this->builders, $config);
        if (count($used) + (int) isset($config['adapter']) + (int) isset($config['service']) !== 1) {
            throw new RuntimeException("the storage $storage has not exactly one adapter");
        }
        $name = $config['adapter'] ?? array_key_first($used) ?? $config['service'];
        $options = $config['options'] ?: $config[$name] ?? [];
        if (isset($this->builders[$name])) {
            foreach ($this->builders[$name]->getRequiredPackages() as $class => $package) {
                class_exists($class) || throw new RuntimeException("composer require $package");
            }
            $visibility = $config['directory_visibility'];
            return $this->builders[$name]->createAdapter($container, $storage, $options, $visibility) ?? $name;
        }
        $container->setAlias("flysystem.adapter.$storage", $name);
        return "flysystem.adapter.$storage";
    }
}
