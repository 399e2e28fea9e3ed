using System.Text;

namespace EReferrals.Benchmarks;

/// <summary>The storage calls of the measured app, in a file: the start-up hook in the app's process adds to it, the suite reads.</summary>
internal sealed class StorageCallLog(string file)
{
    public string File => file;

    /// <summary>A place in the log, for <see cref="Since"/>.</summary>
    public long Mark() => System.IO.File.Exists(file) ? new FileInfo(file).Length : 0;

    public StorageUse Since(long mark)
    {
        if (Mark() <= mark) return new StorageUse([]);
        using var log = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Seek(mark, SeekOrigin.Begin);
        using var reader = new StreamReader(log, Encoding.UTF8);
        var text = reader.ReadToEnd();
        // A line that is being written is not complete.
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new StorageUse([.. lines.Select(StorageCall.Parse)]);
    }
}

/// <summary>What was asked of storage in some time.</summary>
internal sealed record StorageUse(IReadOnlyList<StorageCall> Calls)
{
    public int Count(params StorageCallKind[] kinds) => Calls.Count(call => kinds.Contains(call.Kind));

    /// <summary>What was used, for one of so many things.</summary>
    public string Each(double things) => string.Join(", ", Calls.CountBy(call => call.Kind).OrderBy(kind => kind.Key)
        .Select(kind => $"{kind.Value / things:0.##} {kind.Key}"));

    /// <summary>The work that used most, each with its calls by kind.</summary>
    public IEnumerable<string> ByWork(int most) => Calls.GroupBy(call => call.Work).OrderByDescending(work => work.Count()).Take(most)
        .Select(work => $"{(work.Key.Length == 0 ? "the app by itself" : work.Key)}: {string.Join(", ", work.CountBy(call => call.Kind).OrderBy(kind => kind.Key).Select(kind => $"{kind.Value} {kind.Key}"))}");
}
