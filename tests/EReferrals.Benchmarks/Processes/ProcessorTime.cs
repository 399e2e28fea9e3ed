using EReferrals.Benchmarks.Reports;

namespace EReferrals.Benchmarks.Processes;

/// <summary>Reports the processor time of each process role separately.</summary>
internal static class ProcessorTime
{
    /// <param name="what">The unit of work that was done meanwhile.</param>
    public static void AddTo(Report report, string what, MeasuredApp app, ProcessUse before, double things, params ProcessRole[] roles)
    {
        var after = app.Use;
        foreach (var role in roles) report.Add($"{what}: processor time of the {NameOf(role)}", after.Microseconds(before, role, things), "us");
    }

    public static string NameOf(ProcessRole role) => role switch
    {
        ProcessRole.App => "app",
        ProcessRole.Host => "host",
        ProcessRole.Bus => "bus",
        _ => "storage emulators",
    };
}
