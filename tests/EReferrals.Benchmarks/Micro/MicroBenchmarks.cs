using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace EReferrals.Benchmarks.Micro;

/// <summary>The hot paths alone, with what they allocate.</summary>
internal static class MicroBenchmarks
{
    public static void Run(string[] arguments)
    {
        // In this process: the repository's build rules do not have to hold for a project that the library generates.
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
