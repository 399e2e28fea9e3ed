namespace EReferrals.Benchmarks.Load;

/// <summary>Computes when the requests of an open loop are due: exponential gaps, as of independent senders, from a fixed seed.</summary>
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
                foreach (var at in Aligned(begin, slice, rate, flow.EachSecond ? 1 : slice)) yield return at;
                continue;
            }

            for (var at = begin + Gap(random, rate); at < begin + slice; at += Gap(random, rate)) yield return TimeSpan.FromSeconds(at);
        }
    }

    // Each instant has the requests until the next one, rounded so that the total of the slice does not change.
    private static IEnumerable<TimeSpan> Aligned(double begin, double slice, double rate, double step)
    {
        var sent = 0;
        for (var after = 0.0; after < slice; after += step)
        {
            var due = (int)Math.Round(rate * Math.Min(after + step, slice));
            for (; sent < due; sent++) yield return TimeSpan.FromSeconds(begin + after);
        }
    }

    private static double Gap(Random random, double rate) => -Math.Log(1 - random.NextDouble()) / rate;
}
