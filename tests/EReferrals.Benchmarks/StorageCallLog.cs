using System.Text;

namespace EReferrals.Benchmarks;

/// <summary>A file with the storage calls of the measured app. The start-up hook in the app's process appends to it, and the suite reads it.</summary>
internal sealed class StorageCallLog(string file)
{
    public string File => file;

    /// <summary>Returns the current position in the log, for <see cref="Since"/>.</summary>
    public long Mark() => System.IO.File.Exists(file) ? new FileInfo(file).Length : 0;

    public StorageUse Since(long mark)
    {
        if (Mark() <= mark) return new StorageUse([]);
        using var log = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Seek(Math.Max(0, mark - 1), SeekOrigin.Begin);
        using var reader = new StreamReader(log, Encoding.UTF8);
        // A line that was being written at the mark counts as before it.
        if (mark > 0) reader.ReadLine();
        var text = reader.ReadToEnd();
        // The last line may be incomplete while it is being written.
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new StorageUse([.. lines.Select(StorageCall.Parse)]);
    }
}

/// <summary>The storage calls of a period.</summary>
internal sealed record StorageUse(IReadOnlyList<StorageCall> Calls)
{
    public int Count(params StorageCallKind[] kinds) => Calls.Count(call => kinds.Contains(call.Kind));

    /// <summary>Returns the calls of each kind divided by the number of things.</summary>
    public string Each(double things) => string.Join(", ", Calls.CountBy(call => call.Kind).OrderBy(kind => kind.Key)
        .Select(kind => $"{kind.Value / things:0.##} {kind.Key}"));

    /// <summary>Returns the work with the most calls, each with its calls by kind.</summary>
    public IEnumerable<string> ByWork(int most) => Calls.GroupBy(call => call.Work).OrderByDescending(work => work.Count()).Take(most)
        .Select(work => $"{(work.Key.Length == 0 ? "the app by itself" : work.Key)}: "
            + string.Join(", ", work.CountBy(call => call.Kind).OrderBy(kind => kind.Key).Select(kind => $"{kind.Value} {kind.Key}")));
}
