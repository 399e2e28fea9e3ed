using System.Globalization;

namespace EReferrals.Benchmarks.Reports;

/// <param name="Met">Null when there is no target.</param>
internal sealed record Figure(int Scenario, string What, double Value, string Unit, string? Target, bool? Met)
{
    internal string Text => Value.ToString(Value switch { >= 100 => "#,0", >= 10 => "0.0", _ => "0.##" }, CultureInfo.InvariantCulture);

    internal string Verdict => Met switch { true => "met", false => "missed", null => "" };
}
