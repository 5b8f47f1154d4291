<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use League\FlysystemBundle\Adapter\Builder\AdapterDefinitionBuilderInterface;
use League\FlysystemBundle\DependencyInjection\FlysystemExtension;
use Symfony\Component\Config\Definition\Configurator\DefinitionConfigurator;
use Symfony\Component\DependencyInjection\Compiler\CompilerPassInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpKernel\Bundle\AbstractBundle;

/**
 * The extension's storages as services: `S3Storage\Storage` by its type, each bucket by the name of its argument, an
 * adapter of Flysystem for each, a panel of the profiler, and `s3storage:check`. See `docs/symfony.md`.
 *
 * A handle is made once and stays, in workers, too: connections and credentials are the process's, and what a request
 * leaves behind is the record of the profiler only, which `kernel.reset` empties.
 */
final class S3StorageBundle extends AbstractBundle implements CompilerPassInterface
{
    protected string $extensionAlias = 's3storage';

    public function getPath(): string
    {
        return __DIR__;
    }

    public function configure(DefinitionConfigurator $definition): void
    {
        Configuration::tree($definition->rootNode());
    }

    public function loadExtension(array $config, ContainerConfigurator $container, ContainerBuilder $builder): void
    {
        Services::register($config, $builder);
    }

    public function build(ContainerBuilder $container): void
    {
        $container->addCompilerPass($this);
        if (interface_exists(AdapterDefinitionBuilderInterface::class) && $container->hasExtension('flysystem')) {
            $flysystem = $container->getExtension('flysystem');
            // Older versions have no such method, and take the services.
            if ($flysystem instanceof FlysystemExtension && method_exists($flysystem, 'addAdapterDefinitionBuilder')) {
                $flysystem->addAdapterDefinitionBuilder(new FlysystemAdapterBuilder());
            }
        }
    }

    /** Without a profiler nobody would read what is recorded. */
    public function process(ContainerBuilder $container): void
    {
        if (!$container->hasDefinition('profiler')) {
            $container->removeDefinition('s3storage.recorder');
            $container->removeDefinition('s3storage.data_collector');
        }
    }
}
