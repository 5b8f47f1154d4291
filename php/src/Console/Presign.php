<?php

declare(strict_types=1);

namespace S3Storage\Console;

use Symfony\Component\Console\Exception\InvalidArgumentException;
use Symfony\Component\Console\Input\InputArgument;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;

/** `s3storage presign`: a URL that lives for a while. */
final class Presign extends Command
{
    public function __construct()
    {
        parent::__construct('presign');
    }

    protected function configure(): void
    {
        $this->setDescription('Prints a URL that downloads an object, or with --put uploads it')
            ->addArgument('address', InputArgument::REQUIRED, 'ALIAS:PATHNAME')
            ->addOption('expires', null, InputOption::VALUE_REQUIRED, 'Seconds from now, at most 604800', '3600')
            ->addOption('put', null, InputOption::VALUE_NONE, 'A URL for an upload');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $address = self::remote($input, 'address');
        $seconds = filter_var($input->getOption('expires'), FILTER_VALIDATE_INT);
        if ($seconds === false) {
            throw new InvalidArgumentException('--expires must be a number of seconds');
        }
        $bucket = $address->bucket(self::storage($input));
        $url = $input->getOption('put')
            ? $bucket->presignPut($address->path, $seconds)
            : $bucket->presignGet($address->path, $seconds);
        self::line($output, $url->url);
        return self::SUCCESS;
    }
}
