<?php

declare(strict_types=1);

namespace S3Storage\Console;

use S3Storage\Exception\BatchFailedException;
use Symfony\Component\Console\Application as Console;
use Symfony\Component\Console\Input\InputDefinition;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;
use Throwable;

/** The program `s3storage`: what the extension does, from a shell. */
final class Application extends Console
{
    public function __construct()
    {
        parent::__construct('s3storage', (string) phpversion('s3storage'));
        $commands = [new ListObjects(), new Copy(), new Sync(), new Remove(), new Presign(), new Check()];
        $this->addCommands($commands);
    }

    protected function getDefaultInputDefinition(): InputDefinition
    {
        $definition = parent::getDefaultInputDefinition();
        $definition->addOption(new InputOption(
            'config',
            'c',
            InputOption::VALUE_REQUIRED,
            'Configuration file (.yaml, .toml, .json); otherwise the setting s3storage.config, or S3STORAGE_CONFIG',
        ));
        return $definition;
    }

    /** One line for each object that failed: the message of the whole names the first only. */
    protected function doRenderThrowable(Throwable $e, OutputInterface $output): void
    {
        if ($e instanceof BatchFailedException) {
            foreach ($e->getResult()->failed as $failure) {
                $output->writeln(Text::plain($failure->exception->getMessage()), OutputInterface::OUTPUT_RAW);
            }
        }
        parent::doRenderThrowable($e, $output);
    }
}
