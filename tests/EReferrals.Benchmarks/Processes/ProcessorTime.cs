using EReferrals.Benchmarks.Reports;

namespace EReferrals.Benchmarks.Processes;

/// <summary>Processor time of the app told apart from that of what stands around it.</summary>
internal static class ProcessorTime
{
    /// <param name="what">One of the things that were done meanwhile.</param>
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
