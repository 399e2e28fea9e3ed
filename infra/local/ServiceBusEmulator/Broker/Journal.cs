using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>
/// The only writer of the broker's file. Writes operations in the order in which they arrive, many in one commit. An operation takes effect when its commit
/// is on disk.
/// </summary>
internal sealed class Journal : IAsyncDisposable
{
    private const int GroupSize = 512;
    private const int FileVersion = 2;

    private readonly BlockingCollection<Operation> _operations = [];
    private readonly FileStream _ownership;
    private readonly SqliteConnection _writer;
    private readonly JournalStatements _statements;
    private readonly Thread _thread;

    private Journal(FileStream ownership, SqliteConnection writer)
    {
        _ownership = ownership;
        _writer = writer;
        _statements = new JournalStatements(writer);
        _thread = new Thread(WriteAll) { IsBackground = true, Name = "broker journal" };
        _thread.Start();
    }

    public static Journal Open(string file)
    {
        var ownership = TakeOwnership(file);
        try
        {
            var writer = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
            writer.Open();
            Execute(writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
            CreateSchema(writer, file);
            return new Journal(ownership, writer);
        }
        catch
        {
            ownership.Dispose();
            throw;
        }
    }

    /// <summary>The connection, for reading the file before the first write.</summary>
    public SqliteConnection Connection => _writer;

    /// <summary>
    /// Completes when the operation is on disk and applied. Exactly one of <paramref name="apply"/> and <paramref name="undo"/> runs, on the journal's thread
    /// and never before this method has returned. Continuations must be short.
    /// </summary>
    public Task WriteAsync(Action<JournalStatements> write, Action? apply = null, Action? undo = null)
    {
        var operation = new Operation(write, apply, undo);
        try
        {
            _operations.Add(operation);
        }
        catch (InvalidOperationException)
        {
            ThreadPool.QueueUserWorkItem(_ => operation.Fail(Closed()));
        }
        return operation.Done.Task;
    }

    public static BrokerException Closed() => new(BrokerFailure.ServerBusy, "The emulator has been closed.");

    public async ValueTask DisposeAsync()
    {
        _operations.CompleteAdding();
        await Task.Run(_thread.Join).ConfigureAwait(false);
        _statements.Dispose();
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _ownership.DisposeAsync().ConfigureAwait(false);
        _operations.Dispose();
    }

    /// <summary>Test hook: simulates a disk that has room for this number of pages; null for no limit.</summary>
    internal Task LimitFileAsync(int? pages) => Task.WhenAny(WriteAsync(_ => Execute(_writer, $"PRAGMA max_page_count = {pages ?? int.MaxValue}")));

    private static FileStream TakeOwnership(string file)
    {
        try
        {
            return new FileStream(file + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException ex) when (ex is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw new InvalidOperationException($"The broker file {file} is in use by another broker. Stop that one first.", ex);
        }
    }

    private static void CreateSchema(SqliteConnection connection, string file)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        var version = (long)command.ExecuteScalar()!;
        if (version == 0)
        {
            Execute(connection, $"BEGIN IMMEDIATE; {JournalStatements.Schema} PRAGMA user_version = {FileVersion}; COMMIT");
        }
        else if (version != FileVersion)
        {
            throw new InvalidDataException($"The broker file {file} has version {version}; this broker reads version {FileVersion}.");
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Only constants of this class come here.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private void WriteAll()
    {
        var group = new List<Operation>(GroupSize);
        foreach (var first in _operations.GetConsumingEnumerable())
        {
            group.Add(first);
            while (group.Count < GroupSize && _operations.TryTake(out var next)) group.Add(next);
            WriteGroup(group);
            group.Clear();
        }
    }

    private void WriteGroup(List<Operation> group)
    {
        if (TryCommit(group) is { } failure)
        {
            foreach (var operation in group) operation.Fail(failure);
            return;
        }
        foreach (var operation in group) operation.Succeed();
    }

    private BrokerException? TryCommit(List<Operation> group)
    {
        try
        {
            _statements.Begin();
            foreach (var operation in group) operation.Write(_statements);
            _statements.Commit();
            return null;
        }
        catch (SqliteException ex)
        {
            _statements.RollBack();
            return new BrokerException(
                BrokerFailure.ServerBusy, "The emulator cannot write to its file; the operation was not carried out.", ex);
        }
    }

    private sealed class Operation(Action<JournalStatements> write, Action? apply, Action? undo)
    {
        // Continuations run here on the journal's thread, so that the acknowledgements of a whole group are queued together.
        public TaskCompletionSource Done { get; } = new();

        public void Write(JournalStatements statements) => write(statements);

        public void Succeed()
        {
            apply?.Invoke();
            Done.SetResult();
        }

        public void Fail(BrokerException exception)
        {
            undo?.Invoke();
            Done.SetException(exception);
        }
    }
}
