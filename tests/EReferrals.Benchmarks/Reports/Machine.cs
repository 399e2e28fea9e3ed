using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EReferrals.Benchmarks.Reports;

internal static class Machine
{
    public static string Description { get; } =
        $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription.Trim()}, .NET {Environment.Version}, {FlushesPerSecond():0} flushes/s of 4 KB "
            + "to disk";

    /// <summary>Measures the disk, so that figures of different machines can be compared.</summary>
    private static double FlushesPerSecond()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var block = new byte[4096];
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            var clock = Stopwatch.StartNew();
            var count = 0;
            for (; clock.ElapsedMilliseconds < 500; count++)
            {
                file.Write(block);
                file.Flush(flushToDisk: true);
            }

            return count / clock.Elapsed.TotalSeconds;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
