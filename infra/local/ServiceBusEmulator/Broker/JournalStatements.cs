using Microsoft.Data.Sqlite;

namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>The SQL statements that change the file. Used on the journal's thread only, inside its transaction.</summary>
internal sealed class JournalStatements(SqliteConnection connection) : IDisposable
{
    public const string Schema = """
        CREATE TABLE message (
            sequence INTEGER PRIMARY KEY,
            queue TEXT NOT NULL,
            dead INTEGER NOT NULL DEFAULT 0,
            deferred INTEGER NOT NULL DEFAULT 0,
            scheduled_for INTEGER NOT NULL,
            enqueued INTEGER NOT NULL,
            enqueued_sequence INTEGER NOT NULL,
            envelope BLOB NOT NULL
        );
        -- Apart from the message, so that a delivery does not rewrite the body.
        CREATE TABLE delivery (sequence INTEGER PRIMARY KEY, count INTEGER NOT NULL);
        CREATE TABLE duplicate (queue TEXT NOT NULL, id TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (queue, id)) WITHOUT ROWID;
        CREATE INDEX duplicate_by_age ON duplicate (queue, until);
        -- A sequence number is never used twice, even when no message is left.
        CREATE TABLE sequence (next INTEGER NOT NULL);
        INSERT INTO sequence VALUES (1);
        """;

    private readonly Dictionary<string, SqliteCommand> _prepared = [];
    private long _next = ReadNext(connection);
    private long _storedNext;

    public void Begin() => Run("BEGIN IMMEDIATE");

    public void Commit()
    {
        if (_next != _storedNext)
        {
            RunOnOneRow("UPDATE sequence SET next = $1", _next);
            _storedNext = _next;
        }
        Run("COMMIT");
    }

    public void RollBack()
    {
        _storedNext = 0;
        // SQLite rolls back automatically on some errors, such as a full disk.
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0) Run("ROLLBACK");
    }

    public long NextSequence() => _next++;

    public void Insert(string queue, StoredMessage message) => RunOnOneRow(
        "INSERT INTO message (sequence, queue, scheduled_for, enqueued, enqueued_sequence, envelope) VALUES ($1, $2, $3, $4, $1, $5)",
        message.Sequence, queue, message.ScheduledFor.UtcTicks, message.Enqueued.UtcTicks, message.Envelope.Bytes);

    public void Delete(long sequence)
    {
        RunOnOneRow("DELETE FROM message WHERE sequence = $1", sequence);
        DeleteDelivery(sequence);
    }

    public void SetDeliveryCount(long sequence, int count) => RunOnOneRow("INSERT OR REPLACE INTO delivery VALUES ($1, $2)", sequence, count);

    public void SetPlace(long sequence, bool dead, bool deferred, Envelope envelope) => RunOnOneRow(
        "UPDATE message SET dead = $2, deferred = $3, envelope = $4 WHERE sequence = $1", sequence, dead, deferred, envelope.Bytes);

    public void Activate(long sequence, long newSequence, DateTimeOffset enqueued) => RunOnOneRow(
        "UPDATE message SET sequence = $2, scheduled_for = 0, enqueued = $3 WHERE sequence = $1", sequence, newSequence, enqueued.UtcTicks);

    public void Forward(long sequence, long newSequence, string queue, DateTimeOffset enqueued, Envelope envelope)
    {
        RunOnOneRow(
            "UPDATE message SET sequence = $2, queue = $3, dead = 0, deferred = 0, scheduled_for = 0, enqueued = $4, envelope = $5 WHERE sequence = $1",
            sequence, newSequence, queue, enqueued.UtcTicks, envelope.Bytes);
        DeleteDelivery(sequence);
    }

    /// <summary>Returns false when the queue has seen the id within the duplicate detection window.</summary>
    public bool TryAddDuplicate(string queue, string id, DateTimeOffset now, DateTimeOffset until) => Run(
        "INSERT INTO duplicate VALUES ($1, $2, $3) ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <= $4",
        queue, id, until.UtcTicks, now.UtcTicks) == 1;

    public void PruneDuplicates(string queue, DateTimeOffset now) => Run("DELETE FROM duplicate WHERE queue = $1 AND until <= $2", queue, now.UtcTicks);

    public void Dispose()
    {
        foreach (var command in _prepared.Values) command.Dispose();
    }

    private void DeleteDelivery(long sequence) => Run("DELETE FROM delivery WHERE sequence = $1", sequence);

    private static long ReadNext(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT next FROM sequence";
        return (long)command.ExecuteScalar()!;
    }

    private int Run(string sql, params ReadOnlySpan<object> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            _prepared[sql] = command = connection.CreateCommand();
#pragma warning disable CA2100 // Only constants of this class come here.
            command.CommandText = sql;
#pragma warning restore CA2100
            for (var number = 1; number <= values.Length; number++) command.Parameters.Add(new SqliteParameter($"${number}", null));
        }
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command.ExecuteNonQuery();
    }

    // Memory and file differ. Continuing would lose or double a message.
    private void RunOnOneRow(string sql, params ReadOnlySpan<object> values)
    {
        if (Run(sql, values) is var rows && rows != 1) throw new InvalidDataException($"'{sql}' changed {rows} rows instead of one.");
    }
}
