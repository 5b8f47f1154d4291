<?php

declare(strict_types=1);

namespace S3Storage\Console;

use S3Storage\Exception\S3Exception;
use Symfony\Component\Console\Input\InputArgument;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Output\OutputInterface;

/** `s3storage check`: whether the configuration is right and every bucket answers. */
final class Check extends Command
{
    public function __construct()
    {
        parent::__construct('check');
    }

    protected function configure(): void
    {
        $this->setDescription('Checks the configuration, and asks every bucket; fails if one does not answer')
            ->addArgument('alias', InputArgument::OPTIONAL | InputArgument::IS_ARRAY, 'Only these buckets');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $s3 = self::storage($input);
        $failed = 0;
        foreach ($input->getArgument('alias') ?: $s3->listBuckets()['buckets'] as $alias) {
            try {
                BucketCheck::list($s3->bucket($alias));
                self::line($output, "$alias: ok");
            } catch (S3Exception $exception) {
                self::line($output, "$alias: {$exception->getErrorCode()}: {$exception->getMessage()}");
                $failed++;
            }
        }
        return $failed === 0 ? self::SUCCESS : self::FAILURE;
    }
}
