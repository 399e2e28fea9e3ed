using EReferrals.Worklists.Reading;
using EReferrals.Worklists.SafetyNet;
using EReferrals.Worklists.Snapshots;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Worklists;

internal static class WorklistsRegistration
{
    public static IServiceCollection AddWorklists(this IServiceCollection services) => services
        .AddSingleton<WorklistVersions>()
        .AddSingleton<WorklistPages>()
        .AddSingleton<WorklistCounts>()
        .AddSingleton<SafetyNetSweep>()
        .AddSingleton<LiveReads>()
        .AddSingleton<SnapshotCopies>()
        .AddSingleton<WholeLists>()
        .AddSingleton<SnapshotSchedule>()
        .AddSingleton<SnapshotBuilder>()
        // The canary calls this function as the host does.
        .AddSingleton<GetWorklistFunction>();
}
