using System.IO.MemoryMappedFiles;

namespace EReferrals.Benchmarks;

/// <summary>
/// Counts of storage calls and of the bytes they carried, by kind, in a file that two processes have in memory: the start-up hook in the
/// measured app adds, the suite reads.
/// </summary>
internal sealed class StorageCalls : IDisposable
{
    private const int Width = 3;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private StorageCalls(string path)
    {
        File = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        _view = _file.CreateViewAccessor();
    }

    public string File { get; }

    public static StorageCalls Create(string path)
    {
        System.IO.File.WriteAllBytes(path, new byte[Enum.GetValues<StorageCall>().Length * Width * sizeof(long)]);
        return new StorageCalls(path);
    }

    public static StorageCalls Open(string path) => new(path);

    public void Add(StorageCall kind, long sent, long received)
    {
        var at = (int)kind * Width * sizeof(long);
        lock (_view)
        {
            _view.Write(at, _view.ReadInt64(at) + 1);
            _view.Write(at + sizeof(long), _view.ReadInt64(at + sizeof(long)) + sent);
            _view.Write(at + (2 * sizeof(long)), _view.ReadInt64(at + (2 * sizeof(long))) + received);
        }
    }

    public StorageUse Read() => new(Enum.GetValues<StorageCall>().ToDictionary(kind => kind, kind =>
    {
        var at = (int)kind * Width * sizeof(long);
        return new StorageCount(_view.ReadInt64(at), _view.ReadInt64(at + sizeof(long)), _view.ReadInt64(at + (2 * sizeof(long))));
    }));

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}

internal enum StorageCall
{
    PointRead,
    Query,
    Write,
    Transaction,
    BlobAppend,
    BlobRead,
    BlobWrite,
}

internal readonly record struct StorageCount(long Calls, long Sent, long Received)
{
    public static StorageCount operator -(StorageCount left, StorageCount right) =>
        new(left.Calls - right.Calls, left.Sent - right.Sent, left.Received - right.Received);
}

internal sealed record StorageUse(IReadOnlyDictionary<StorageCall, StorageCount> ByKind)
{
    public long Calls => ByKind.Values.Sum(count => count.Calls);

    public long Bytes => ByKind.Values.Sum(count => count.Sent + count.Received);

    public static StorageUse operator -(StorageUse left, StorageUse right) =>
        new(left.ByKind.ToDictionary(pair => pair.Key, pair => pair.Value - right.ByKind[pair.Key]));

    /// <summary>What was used, for one of so many things.</summary>
    public string Each(double things) => string.Join(", ", ByKind.Where(pair => pair.Value.Calls > 0)
        .Select(pair => $"{pair.Value.Calls / things:0.##} {pair.Key}"));
}
