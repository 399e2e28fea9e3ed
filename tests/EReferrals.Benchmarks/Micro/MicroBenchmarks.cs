using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace EReferrals.Benchmarks.Micro;

/// <summary>Measures the time and allocations of single hot paths.</summary>
internal static class MicroBenchmarks
{
    public static void Run(string[] arguments)
    {
        // Runs in this process, because a project that the library generates would violate the repository's build rules.
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
        var config = new ManualConfig()
            .AddJob(job)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.GitHub)
            .AddLogger(ConsoleLogger.Default);
        BenchmarkSwitcher.FromTypes([typeof(SubmissionPath), typeof(WorklistPage)]).Run(arguments is [] ? ["--filter", "*"] : arguments, config);
    }
}
