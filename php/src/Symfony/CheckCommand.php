<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use Psr\Container\ContainerInterface;
use S3Storage;
use S3Storage\Console\BucketCheck;
use S3Storage\Console\Text;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Input\InputArgument;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;
use Throwable;

/** `bin/console s3storage:check`: whether the buckets work, and if not, why. */
final class CheckCommand extends Command
{
    public const NAME = 's3storage:check';
    public const ABOUT = 'Check that the buckets of S3Storage answer, and say what is wrong if one does not';

    /**
     * @param ContainerInterface $storages the instances
     * @param list<string>       $names    of them
     */
    public function __construct(private readonly ContainerInterface $storages, private readonly array $names)
    {
        parent::__construct(self::NAME);
    }

    protected function configure(): void
    {
        $this->setDescription(self::ABOUT)
            ->addArgument('bucket', InputArgument::OPTIONAL | InputArgument::IS_ARRAY, 'Only these aliases')
            ->addOption('instance', 'i', InputOption::VALUE_REQUIRED, 'Only this instance')
            ->addOption('write', null, InputOption::VALUE_NONE, 'Also write, read, sign and delete a small object');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $only = $input->getOption('instance');
        if ($only !== null && !in_array($only, $this->names, true)) {
            self::line($output, "There is no instance \"$only\"; known: " . implode(', ', $this->names), true);
            return self::FAILURE;
        }
        $ok = $isAllKnown = true;
        $all = [];
        $asked = array_unique($input->getArgument('bucket'));
        foreach ($only === null ? $this->names : [$only] as $name) {
            try {
                $s3 = $this->storages->get($name);
            } catch (Throwable $exception) {
                self::line($output, "instance $name");
                self::line($output, '  configuration  failed: ' . $exception->getMessage(), true);
                $ok = $isAllKnown = false;
                continue;
            }
            $known = array_map('strval', $s3->listBuckets()['buckets']);
            $all = [...$all, ...$known];
            $aliases = $asked === [] ? $known : array_intersect($asked, $known);
            if ($asked === [] || $aliases !== []) {
                $ok = $this->checked($s3, $name, $aliases, $input, $output) && $ok;
            }
        }
        // An instance that could not be made may have it.
        foreach ($isAllKnown ? array_diff($asked, $all) : [] as $alias) {
            self::line($output, "There is no bucket \"$alias\"; known: " . implode(', ', array_unique($all)), true);
            $ok = false;
        }
        return $ok ? self::SUCCESS : self::FAILURE;
    }

    /** @param array<string> $aliases */
    private function checked(
        S3Storage $s3,
        string $name,
        array $aliases,
        InputInterface $input,
        OutputInterface $output,
    ): bool {
        $version = phpversion('s3storage');
        self::line($output, "instance $name");
        self::line($output, "  configuration  ok (extension $version)");
        $ok = true;
        foreach ($aliases as $alias) {
            self::line($output, "  bucket $alias");
            $steps = BucketCheck::steps($s3->bucket($alias), $input->getOption('write'));
            $print = static fn (string $line, bool $failed) => self::line($output, "    $line", $failed);
            $ok = BucketCheck::run($steps, $print) && $ok;
        }
        return $ok;
    }

    /** A line whose text is shown as it is; a failure in red where there are colours. */
    private static function line(OutputInterface $output, string $text, bool $failed = false): void
    {
        $text = Text::plain($text);
        $coloured = $failed && $output->isDecorated() ? "\e[31m$text\e[39m" : $text;
        $output->writeln($coloured, OutputInterface::OUTPUT_RAW);
    }
}
