using System.Threading.Channels;

namespace EReferrals.Benchmarks.References;

/// <summary>Appends to one file. All waiting requests share one flush to disk.</summary>
internal sealed class AppendLog : IAcceptStore
{
    private readonly Channel<(byte[] Body, TaskCompletionSource Done)> _waiting = Channel.CreateUnbounded<(byte[], TaskCompletionSource)>();
    private readonly FileStream _file;
    private readonly Task _writing;

    public AppendLog(string folder)
    {
        _file = new FileStream(Path.Combine(folder, "log"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 64 * 1024);
        _writing = Task.Run(WriteAllAsync);
    }

    public string Commit => "append to a file, one flush to disk (fsync) for all waiting requests";

    public Task SaveAsync(byte[] body)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Writer.TryWrite((body, done));
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_waiting.Writer.TryComplete()) return;
        await _writing;
        await _file.DisposeAsync();
    }

    private async Task WriteAllAsync()
    {
        var group = new List<TaskCompletionSource>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (_waiting.Reader.TryRead(out var next))
            {
                _file.Write(next.Body);
                group.Add(next.Done);
            }

            _file.Flush(flushToDisk: true);
            foreach (var done in group) done.SetResult();
            group.Clear();
        }
    }
}
