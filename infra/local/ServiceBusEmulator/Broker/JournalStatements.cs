using Microsoft.Data.Sqlite;

namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Every statement that changes the file; used on the journal's thread only, inside its transaction.</summary>
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

    private readonly SqliteCommand _begin = Prepare(connection, "BEGIN IMMEDIATE");
    private readonly SqliteCommand _commit = Prepare(connection, "COMMIT");
    private readonly SqliteCommand _rollback = Prepare(connection, "ROLLBACK");
    private readonly SqliteCommand _checkpoint = Prepare(connection, "PRAGMA wal_checkpoint(PASSIVE)");
    private readonly SqliteCommand _insert = Prepare(
        connection,
        "INSERT INTO message (sequence, queue, scheduled_for, enqueued, enqueued_sequence, envelope) VALUES ($1, $2, $3, $4, $1, $5)",
        5);
    private readonly SqliteCommand _delete = Prepare(connection, "DELETE FROM message WHERE sequence = $1", 1);
    private readonly SqliteCommand _deleteDelivery = Prepare(connection, "DELETE FROM delivery WHERE sequence = $1", 1);
    private readonly SqliteCommand _setCount = Prepare(connection, "INSERT OR REPLACE INTO delivery VALUES ($1, $2)", 2);
    private readonly SqliteCommand _setPlace = Prepare(
        connection, "UPDATE message SET dead = $2, deferred = $3, envelope = $4 WHERE sequence = $1", 4);
    private readonly SqliteCommand _activate = Prepare(
        connection, "UPDATE message SET sequence = $2, scheduled_for = 0, enqueued = $3 WHERE sequence = $1", 3);
    private readonly SqliteCommand _addDuplicate = Prepare(connection, "INSERT OR REPLACE INTO duplicate VALUES ($1, $2, $3)", 3);
    private readonly SqliteCommand _pruneDuplicates = Prepare(connection, "DELETE FROM duplicate WHERE queue = $1 AND until <= $2", 2);
    private readonly SqliteCommand _setNext = Prepare(connection, "UPDATE sequence SET next = $1", 1);

    private long _next = ReadNext(connection);
    private long _storedNext;

    public void Begin() => _begin.ExecuteNonQuery();

    public void Commit()
    {
        if (_next != _storedNext)
        {
            RunOnOneRow(_setNext, _next);
            _storedNext = _next;
        }
        _commit.ExecuteNonQuery();
    }

    public void RollBack()
    {
        _storedNext = 0;
        // SQLite rolls back by itself on some errors, a full disk among them.
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0) _rollback.ExecuteNonQuery();
    }

    public void Checkpoint() => _checkpoint.ExecuteNonQuery();

    public long NextSequence() => _next++;

    public void Insert(string queue, StoredMessage message) => RunOnOneRow(
        _insert, message.Sequence, queue, message.ScheduledFor.UtcTicks, message.Enqueued.UtcTicks, message.Envelope.Bytes);

    public void Delete(long sequence)
    {
        RunOnOneRow(_delete, sequence);
        Run(_deleteDelivery, sequence);
    }

    public void SetDeliveryCount(long sequence, int count) => RunOnOneRow(_setCount, sequence, count);

    public void SetPlace(long sequence, bool dead, bool deferred, Envelope envelope) =>
        RunOnOneRow(_setPlace, sequence, dead, deferred, envelope.Bytes);

    public void Activate(long sequence, long newSequence, DateTimeOffset enqueued) =>
        RunOnOneRow(_activate, sequence, newSequence, enqueued.UtcTicks);

    public void AddDuplicate(string queue, string id, DateTimeOffset until) => RunOnOneRow(_addDuplicate, queue, id, until.UtcTicks);

    public void PruneDuplicates(string queue, DateTimeOffset now) => Run(_pruneDuplicates, queue, now.UtcTicks);

    public void Dispose()
    {
        SqliteCommand[] all =
        [
            _begin, _commit, _rollback, _checkpoint, _insert, _delete, _deleteDelivery, _setCount, _setPlace, _activate,
            _addDuplicate, _pruneDuplicates, _setNext,
        ];
        foreach (var command in all) command.Dispose();
    }

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, int parameters = 0)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var number = 1; number <= parameters; number++) command.Parameters.Add(new SqliteParameter($"${number}", null));
        return command;
    }

    private static long ReadNext(SqliteConnection connection)
    {
        using var command = Prepare(connection, "SELECT next FROM sequence");
        return (long)command.ExecuteScalar()!;
    }

    private static int Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command.ExecuteNonQuery();
    }

    // Memory and file have parted: going on would lose or double a message.
    private static void RunOnOneRow(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        if (Run(command, values) is var rows && rows != 1)
            throw new InvalidDataException($"'{command.CommandText}' changed {rows} rows instead of one.");
    }
}
