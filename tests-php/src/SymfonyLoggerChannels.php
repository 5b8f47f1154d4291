<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Symfony\Component\DependencyInjection\Compiler\CompilerPassInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Reference;

/** A double of what MonologBundle does with its tag: the logger of the channel takes the place of `logger`. */
final class SymfonyLoggerChannels implements CompilerPassInterface
{
    public function process(ContainerBuilder $container): void
    {
        foreach ($container->findTaggedServiceIds('monolog.logger') as $id => $tags) {
            $definition = $container->getDefinition($id);
            foreach ($definition->getArguments() as $index => $argument) {
                if ($argument instanceof Reference && (string) $argument === 'logger') {
                    $channel = new Reference("monolog.logger.{$tags[0]['channel']}", $argument->getInvalidBehavior());
                    $definition->replaceArgument($index, $channel);
                }
            }
        }
    }
}
