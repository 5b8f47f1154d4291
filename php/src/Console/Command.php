<?php

declare(strict_types=1);

namespace S3Storage\Console;

use S3Storage;
use Symfony\Component\Console\Command\Command as ConsoleCommand;
use Symfony\Component\Console\Exception\InvalidArgumentException;
use Symfony\Component\Console\Helper\ProgressBar;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Output\ConsoleOutputInterface;
use Symfony\Component\Console\Output\OutputInterface;

/** What the commands share. */
abstract class Command extends ConsoleCommand
{
    protected static function storage(InputInterface $input): S3Storage
    {
        $config = $input->getOption('config');
        return $config === null ? new S3Storage() : new S3Storage($config);
    }

    protected static function address(InputInterface $input, string $argument): Address
    {
        return Address::parse($input->getArgument($argument));
    }

    /** An address that must be one of a bucket. */
    protected static function remote(InputInterface $input, string $argument): Address
    {
        $address = self::address($input, $argument);
        if (!$address->isRemote()) {
            throw new InvalidArgumentException("\"$address->path\" names no bucket; write ALIAS:PATH");
        }
        return $address;
    }

    /** A line whose text is shown as it is. */
    protected static function line(OutputInterface $output, string $text): void
    {
        $output->writeln(Text::plain($text), OutputInterface::OUTPUT_RAW);
    }

    /**
     * Runs a transfer with a bar on standard error, if that is a terminal.
     *
     * @template T
     * @param callable(?callable): T $transfer is given the `progress` of the extension's methods
     * @return T
     */
    protected static function withBar(OutputInterface $output, callable $transfer): mixed
    {
        $errors = $output instanceof ConsoleOutputInterface ? $output->getErrorOutput() : $output;
        if (!$errors->isDecorated() || $errors->isQuiet()) {
            return $transfer(null);
        }
        $bar = new ProgressBar($errors);
        try {
            return $transfer(static function (int $done, ?int $total) use ($bar): void {
                $bar->setMaxSteps($total ?? 0);
                $bar->setProgress($done);
            });
        } finally {
            $bar->clear();
        }
    }
}
