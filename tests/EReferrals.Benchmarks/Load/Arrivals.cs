namespace EReferrals.Benchmarks.Load;

/// <summary>When the requests of an open loop are due: as independent senders would send (exponential gaps), from a fixed seed.</summary>
internal static class Arrivals
{
    public static IEnumerable<TimeSpan> Of(Flow flow, double seconds)
    {
        var random = new Random(42);
        var slice = seconds / flow.Rates.Count;
        for (var index = 0; index < flow.Rates.Count; index++)
        {
            var (begin, rate) = (index * slice, flow.Rates[index]);
            if (rate <= 0) continue;
            if (flow.Aligned)
            {
                foreach (var at in AtFullSeconds(begin, slice, rate)) yield return at;
                continue;
            }

            for (var at = begin + Gap(random, rate); at < begin + slice; at += Gap(random, rate)) yield return TimeSpan.FromSeconds(at);
        }
    }

    // As pollers that keep to the minute: together at the beginning of the slice, and at each second of a longer one.
    private static IEnumerable<TimeSpan> AtFullSeconds(double begin, double slice, double rate)
    {
        var sent = 0;
        for (var at = 0.0; at < slice; at++)
        {
            for (var until = (int)Math.Round(rate * Math.Min(at + 1, slice)); sent < until; sent++) yield return TimeSpan.FromSeconds(begin + at);
        }
    }

    private static double Gap(Random random, double rate) => -Math.Log(1 - random.NextDouble()) / rate;
}
