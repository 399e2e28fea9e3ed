using System.Reflection;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Soak;

/// <summary>The app's worker process: the unchanged product with a clock that jumps. The Functions host of <see cref="SoakHost"/> starts it.</summary>
internal static class SoakWorker
{
    public const string ClockVariable = "SOAK_CLOCK_FILE";

    public static void Run(string clockFile)
    {
        // The worker finds the generated code of an app through its entry assembly.
        Assembly.SetEntryAssembly(typeof(EReferrals.Program).Assembly);
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.Services.AddSingleton<TimeProvider>(new JumpingClock(clockFile));
        builder.AddEReferrals();
        builder.Build().Run();
    }
}
