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
                for (var count = (int)Math.Round(rate * slice); count > 0; count--) yield return TimeSpan.FromSeconds(begin);
                continue;
            }

            for (var at = begin + Gap(random, rate); at < begin + slice; at += Gap(random, rate)) yield return TimeSpan.FromSeconds(at);
        }
    }

    private static double Gap(Random random, double rate) => -Math.Log(1 - random.NextDouble()) / rate;
}
