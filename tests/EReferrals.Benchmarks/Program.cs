using EReferrals.Benchmarks;
using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.Micro;
using EReferrals.Benchmarks.References;

switch (args)
{
    case ["--generator"]:
        await Generator.ServeAsync();
        return 0;
    case ["--reference", var name, var connection]:
        await ReferenceServer.ServeAsync(name, connection);
        return 0;
    case ["--micro", .. var rest]:
        MicroBenchmarks.Run(rest);
        return 0;
    default:
        if (Options.Parse(args) is { } options) return await Suite.MeasureAsync(options);
        Console.Error.WriteLine(Options.Usage);
        return 2;
}
