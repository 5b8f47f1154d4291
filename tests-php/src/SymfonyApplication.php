<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use Closure;
use League\FlysystemBundle\FlysystemBundle;
use S3Storage\Symfony\S3StorageBundle;
use Symfony\Bundle\FrameworkBundle\Console\Application as Console;
use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Bundle\TwigBundle\TwigBundle;
use Symfony\Bundle\WebProfilerBundle\WebProfilerBundle;
use Symfony\Component\Console\Input\ArrayInput;
use Symfony\Component\Console\Output\BufferedOutput;
use Symfony\Component\DependencyInjection\Compiler\CompilerPassInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\DependencyInjection\Loader\Configurator\ServicesConfigurator;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Kernel;
use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

/** A kernel of Symfony with the bundle, which is configured by a test; what it keeps is in a folder of its own. */
final class SymfonyApplication extends Kernel
{
    use MicroKernelTrait;

    public readonly string $folder;

    /** @var array{callable|null, callable|null} */
    private array $handlers;

    /** What the next request runs. */
    public ?Closure $controller = null;

    /**
     * @param array<string, array<string, mixed>|null>    $extensions the configuration by section
     * @param (Closure(ServicesConfigurator): mixed)|null $services   adds some, which are public
     * @param array<string, string>                       $parameters
     */
    public function __construct(
        private readonly array $extensions,
        private readonly ?Closure $services = null,
        bool $debug = false,
        private readonly array $parameters = [],
        private readonly ?CompilerPassInterface $pass = null,
    ) {
        $this->folder = sys_get_temp_dir() . '/s3storage-symfony-' . bin2hex(random_bytes(6));
        mkdir($this->folder, 0o700);
        $this->handlers = self::handlers();
        parent::__construct('test', $debug);
    }

    public function registerBundles(): iterable
    {
        yield new FrameworkBundle();
        yield new FlysystemBundle();
        yield new S3StorageBundle();
        if ($this->debug) {
            yield new TwigBundle();
            yield new WebProfilerBundle();
        }
    }

    protected function build(ContainerBuilder $container): void
    {
        $this->pass === null || $container->addCompilerPass($this->pass);
    }

    private function configureContainer(ContainerConfigurator $container): void
    {
        $framework = ['test' => true, 'secret' => 'secret', 'http_method_override' => false,
            'handle_all_throwables' => true, 'php_errors' => ['log' => false], 'router' => ['utf8' => true]];
        $container->extension('framework', $framework + ($this->debug ? ['profiler' => []] : []));
        foreach ($this->extensions as $name => $section) {
            $container->extension($name, $section ?? []);
        }
        foreach ($this->parameters as $name => $value) {
            $container->parameters()->set($name, $value);
        }
        $services = $container->services()->defaults()->autowire()->autoconfigure()->public();
        ($this->services ?? static fn () => null)($services);
    }

    private function configureRoutes(RoutingConfigurator $routes): void
    {
        $routes->add('run', '/run')->controller('kernel::run');
        if ($this->debug) {
            $folder = '@WebProfilerBundle/Resources/config/routing';
            $type = self::MAJOR_VERSION < 7 ? 'xml' : 'php';
            $routes->import("$folder/profiler.$type")->prefix('/_profiler');
        }
    }

    public function run(): Response
    {
        return ($this->controller)();
    }

    public function getProjectDir(): string
    {
        return $this->folder;
    }

    /** A service, private ones included; the compiler has taken away what nobody uses. */
    public function service(string $id): ?object
    {
        $this->boot();
        return $this->getContainer()->get('test.service_container')->get($id);
    }

    /**
     * Runs a command.
     *
     * @param array<string, mixed> $arguments
     * @return array{int, string} its status, and what it printed
     */
    public function console(string $command, array $arguments = []): array
    {
        $console = new Console($this);
        $console->setAutoExit(false);
        $output = new BufferedOutput();
        $status = $console->run(new ArrayInput(['command' => $command] + $arguments), $output);
        return [$status, $output->fetch()];
    }

    public function end(): void
    {
        $this->shutdown();
        // What the framework has set, or PHPUnit takes it for the test's.
        for ($i = 0; $i < 10 && self::handlers()[0] !== $this->handlers[0]; $i++) {
            restore_error_handler();
        }
        for ($i = 0; $i < 10 && self::handlers()[1] !== $this->handlers[1]; $i++) {
            restore_exception_handler();
        }
        exec('rm -rf ' . escapeshellarg($this->folder));
    }

    /** @return array{callable|null, callable|null} of errors, and of exceptions */
    private static function handlers(): array
    {
        $handlers = [set_error_handler(null), set_exception_handler(null)];
        restore_error_handler();
        restore_exception_handler();
        return $handlers;
    }
}
