<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** A profile's `credential_process` beside a PHP program that has children of its own. Each test is a process of its own. */
final class CredentialProcessTest extends StorageTestCase
{
    /** The credentials of the server, as a program prints them. */
    private const HELPER = <<<'PHP'
        $directory = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(4));
        mkdir($directory);
        register_shutdown_function(function () use ($directory): void {
            array_map('unlink', glob("$directory/*"));
            rmdir($directory);
        });
        file_put_contents("$directory/printed", json_encode(['Version' => 1,
            'AccessKeyId' => getenv('S3_ACCESS_KEY'), 'SecretAccessKey' => getenv('S3_SECRET_KEY')]));
        $_ENV['AWS_CONFIG_FILE'] = "$directory/config";
        $_ENV['AWS_EC2_METADATA_DISABLED'] = 'true';

        /** A handle whose credentials come from the command. */
        function s3_of(string $command): S3Storage
        {
            file_put_contents($GLOBALS['directory'] . '/config', "[default]\ncredential_process = $command\n");
            return s3_open(['credentials' => null]);
        }

        /** Whether the process catches SIGCHLD. */
        function is_caught(): bool
        {
            preg_match('/^SigCgt:\s*(\w+)/m', file_get_contents('/proc/self/status'), $match);
            return (hexdec(substr($match[1], -8)) >> (SIGCHLD - 1) & 1) === 1;
        }

        /** @return string `no child` unless this process has one, running or not */
        function children(): string
        {
            return pcntl_waitpid(-1, $status, WNOHANG) === -1 ? 'no child' : 'a child';
        }

        PHP;

    protected function setUp(): void
    {
        parent::setUp();
        if (!function_exists('pcntl_fork') || !function_exists('posix_kill') || !is_file('/proc/self/status')) {
            self::markTestSkipped('needs pcntl, posix and /proc');
        }
    }

    public function testItLeavesNoChildAndNoSignalHandlerBehind(): void
    {
        $this->assertRuns(<<<'PHP'
            $s3 = s3_of("sleep 0.2; cat $directory/printed");
            echo json_encode($s3->exists('a')), ', ', children(), is_caught() ? ', SIGCHLD is caught' : '';
            PHP, 'false, no child');
    }

    public function testItWorksBesideAHandlerThatReapsEveryChild(): void
    {
        $this->assertRuns(<<<'PHP'
            pcntl_async_signals(true);
            pcntl_signal(SIGCHLD, function (): void {
                while (pcntl_waitpid(-1, $status, WNOHANG) > 0) {
                }
            });
            for ($i = 0; $i < 10; $i++) {
                // Ends at once, a while after its output was closed, and a while before.
                $commands = ["cat $directory/printed", "cat $directory/printed; exec >&-; sleep 0.1",
                    "cat $directory/printed; sleep 0.1 & sleep 0.0$i"];
                foreach ($commands as $command) {
                    // Equal configurations share their credentials; another session name makes this one another.
                    $_ENV['AWS_ROLE_SESSION_NAME'] = "$i$command";
                    echo json_encode(s3_of($command)->exists('a')), ' ';
                }
            }
            usleep(200_000);
            echo children();
            PHP, str_repeat('false ', 30) . 'no child');
    }

    public function testItWorksWhereAHandlerReapsTheChildBeforeItsOutputIsRead(): void
    {
        $this->assertRuns(<<<'PHP'
            pcntl_async_signals(true);
            $reaped = 0;
            pcntl_signal(SIGALRM, function () use (&$reaped): void {
                // Blocks until the program has ended, and takes its status.
                $reaped = pcntl_waitpid(-1, $status);
            });
            pcntl_alarm(1);
            $s3 = s3_of("sleep 1.5; cat $directory/printed");
            echo json_encode($s3->exists('a')), $reaped > 0 ? ', reaped, ' : ', not reaped, ', children();
            PHP, 'false, reaped, no child');
    }

    public function testItWorksWhereSigchldIsIgnored(): void
    {
        $this->assertRuns(<<<'PHP'
            pcntl_signal(SIGCHLD, SIG_IGN);
            foreach (["cat $directory/printed", "sleep 0.1; cat $directory/printed; true"] as $command) {
                $_ENV['AWS_ROLE_SESSION_NAME'] = $command;
                echo json_encode(s3_of($command)->exists('a')), ', ';
            }
            echo children();
            PHP, 'false, false, no child');
    }

    public function testChildrenOfTheProgramKeepTheirStatus(): void
    {
        $this->assertRuns(<<<'PHP'
            $child = pcntl_fork();
            if ($child === 0) {
                usleep(50_000);
                posix_kill(getmypid(), SIGTERM);
            }
            $s3 = s3_of("sleep 0.2; cat $directory/printed");
            echo json_encode($s3->exists('a'));
            echo pcntl_waitpid($child, $status) === $child ? ', signal ' . pcntl_wtermsig($status) : ', lost';
            PHP, 'false, signal 15');
    }

    public function testAnExceptionOfAHandlerEndsTheWaitAndTheProgram(): void
    {
        $this->assertRuns(<<<'PHP'
            pcntl_async_signals(true);
            pcntl_signal(SIGALRM, fn () => throw new DomainException('stop'));
            pcntl_alarm(1);
            $start = microtime(true);
            try {
                s3_of("echo $$ > $directory/pid; exec sleep 600")->exists('a');
            } catch (DomainException $e) {
                echo $e->getMessage(), microtime(true) - $start < 10 ? ' soon, ' : ' late, ';
            }
            echo posix_kill((int) file_get_contents("$directory/pid"), 0) ? 'it runs' : 'it is gone', ', ', children();
            PHP, 'stop soon, it is gone, no child');
    }

    public function testAFailureSaysWhyAndTheNextCallTriesAgain(): void
    {
        $this->assertRuns(<<<'PHP'
            $s3 = s3_of("test -e $directory/ready && cat $directory/printed || exit 7");
            s3_thrown(fn () => $s3->exists('a'));
            touch("$directory/ready");
            echo json_encode($s3->exists('a'));
            PHP, 'S3Storage\Exception\PermissionDeniedException: exists a: no credentials: credential_process of the '
            . "AWS profile failed (exit status: 7); see its standard error\nfalse");
    }

    public function testItIsRefusedWhereProcOpenIsDisabled(): void
    {
        $this->assertRuns(<<<'PHP'
            s3_thrown(fn () => s3_of("touch $directory/ran; cat $directory/printed")->exists('a'));
            echo is_file("$directory/ran") ? 'it ran' : 'it did not run';
            PHP, 'S3Storage\Exception\PermissionDeniedException: exists a: no credentials: credential_process of the '
            . "AWS profile is not run, because proc_open is disabled\nit did not run", [
                'disable_functions' => 'proc_open',
            ]);
    }

    /** @param array<string, string> $ini */
    private function assertRuns(string $code, string $expected, array $ini = []): void
    {
        $php = Php::run(self::HELPER . $code, ['AWS_CONFIG_FILE' => null], $ini);
        self::assertSame([$expected, '', 0], [$php->output, $php->errors, $php->exitCode]);
    }
}
