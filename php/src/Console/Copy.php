<?php

declare(strict_types=1);

namespace S3Storage\Console;

use S3Storage;
use Symfony\Component\Console\Exception\InvalidArgumentException;
use Symfony\Component\Console\Input\InputArgument;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;

/** `s3storage cp`: files and directories to a bucket and back, objects to another place. */
final class Copy extends Command
{
    public function __construct()
    {
        parent::__construct('cp');
    }

    protected function configure(): void
    {
        $this->setDescription('Copies a file or object, or with -r all that is below')
            ->addArgument('source', InputArgument::REQUIRED, 'A path, or ALIAS:PATHNAME')
            ->addArgument('destination', InputArgument::REQUIRED, 'The same; one of both names a bucket')
            ->addOption('recursive', 'r', InputOption::VALUE_NONE, 'A directory, or all objects behind a prefix')
            ->addOption('resume', null, InputOption::VALUE_NONE, 'Go on with what an earlier call left of a file');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        [$source, $destination] = [self::address($input, 'source'), self::address($input, 'destination')];
        $s3 = self::storage($input);
        if (!$source->isRemote() && !$destination->isRemote()) {
            throw new InvalidArgumentException('source or destination must name a bucket: ALIAS:PATH');
        }
        $resume = $input->getOption('resume');
        if ($resume && $source->isRemote() && $destination->isRemote()) {
            throw new InvalidArgumentException('--resume is of a file of this machine, not between buckets');
        }
        if ($input->getOption('recursive')) {
            if ($resume) {
                throw new InvalidArgumentException('--resume is of a single file; sync transfers what is missing');
            }
            $done = self::withBar($output, static fn (?callable $bar) => self::all($s3, $source, $destination, $bar));
            self::line($output, "$done copied");
            return self::SUCCESS;
        }
        self::withBar($output, static fn (?callable $bar) => self::one($s3, $source, $destination, $resume, $bar));
        return self::SUCCESS;
    }

    private static function one(S3Storage $s3, Address $from, Address $to, bool $resume, ?callable $bar): void
    {
        $path = $to->for($from);
        if (!$from->isRemote()) {
            $to->bucket($s3)->uploadFile($path, $from->path, progress: $bar, resume: $resume);
        } elseif (!$to->isRemote()) {
            $from->bucket($s3)->downloadFile($from->path, $path, progress: $bar, resume: $resume);
        } else {
            $from->bucket($s3)->copy($from->path, $path, $to->alias);
        }
    }

    private static function all(S3Storage $s3, Address $from, Address $to, ?callable $bar): int
    {
        if (!$from->isRemote()) {
            $result = $to->bucket($s3)->uploadDirectory($from->path, $to->path, progress: $bar);
            return count($result->succeeded);
        }
        if (!$to->isRemote()) {
            $result = $from->bucket($s3)->downloadDirectory($from->path, $to->path, progress: $bar);
            return count($result->succeeded);
        }
        [$source, $prefix] = array_map(
            static fn (Address $address) => $address->path === '' ? '' : rtrim($address->path, '/') . '/',
            [$from, $to],
        );
        if ($from->alias === $to->alias && $prefix !== $source && str_starts_with($prefix, $source)) {
            throw new InvalidArgumentException("\"$to->alias:$prefix\" is within the source, and would be copied, too");
        }
        // The whole listing first: another alias may be of the same bucket, and copies would be listed, and copied.
        $names = fopen('php://temp', 'w+');
        foreach ($from->bucket($s3)->list($source) as $object) {
            fwrite($names, substr($object->pathname, strlen($source)) . "\0");
        }
        rewind($names);
        $copied = 0;
        while (($name = stream_get_line($names, 4096, "\0")) !== false) {
            if ($name !== '') {
                $from->bucket($s3)->copy($source . $name, $prefix . $name, $to->alias);
                $copied++;
            }
        }
        return $copied;
    }
}
