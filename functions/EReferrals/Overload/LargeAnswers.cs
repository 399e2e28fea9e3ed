using EReferrals.Http;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Overload;

/// <summary>
/// One gate for all answers that need much memory: whole lists for CSV, print and the e-RS API, sheets, big pages, packs and files. Each enters with the bytes
/// that it is estimated to need, before it reads anything, and leaves when its response has been sent. Together they need at most <see cref="Most"/>. An answer
/// that alone needs more enters when no other is inside, so that the longest list can be read.
/// </summary>
public sealed class LargeAnswers(ServiceTelemetry telemetry)
{
    internal const long Most = 192 * 1024 * 1024;

    /// <summary>An answer below this does not need the gate.</summary>
    internal const long Least = 512 * 1024;

    /// <summary>The memory for an answer of known size, in proportion to its bytes: the answer, and the copies that the worker makes of it.</summary>
    internal const int CopiesOfAnswer = 3;

    /// <summary>The memory for one entry of a page: its row, its JSON, and the copies that the worker makes of a response.</summary>
    internal const long EntryOfPage = 4 * 1024;

    /// <summary>The memory for one entry of a whole list, which is read as an object and written in another format.</summary>
    internal const long EntryOfList = 8 * 1024;

    /// <summary>The memory for a copy of a list in proportion to its bytes: it is read as objects.</summary>
    internal const int CopiesOfBytes = 8;

    /// <summary>The memory for one printed sheet.</summary>
    internal const long Sheet = 64 * 1024;

    /// <summary>The memory for building one pack: its longest list and a few of its files.</summary>
    internal const long Pack = 64 * 1024 * 1024;

    private const string Item = "ereferrals:large-answers";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private long _bytes;

    /// <summary>The problem, with Retry-After, when there is no room for an answer of this size; else null, and the answer has its place.</summary>
    internal Problem? Refuse(FunctionContext context, long bytes) => RoomOf(context).Refuse(bytes);

    /// <summary>The room of a request. It is given back when the response has been made.</summary>
    internal AnswerRoom RoomOf(FunctionContext context)
    {
        if (context.Items.TryGetValue(Item, out var room)) return (AnswerRoom)room;
        var made = NewRoom();
        context.Items[Item] = made;
        return made;
    }

    /// <summary>Room for an answer that several requests share. Dispose it when the answer is made.</summary>
    internal AnswerRoom NewRoom() => new(this, telemetry);

    /// <summary>Waits for room. For work that no caller waits for.</summary>
    internal async Task<IDisposable> EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryEnter(bytes) is { } place) return place;
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Takes the bytes until the result is disposed; null when there is no room.</summary>
    internal IDisposable? TryEnter(long bytes)
    {
        var taken = Math.Min(bytes, Most);
        if (Interlocked.Add(ref _bytes, taken) <= Most) return new Place(() => Interlocked.Add(ref _bytes, -taken));
        Interlocked.Add(ref _bytes, -taken);
        return null;
    }

    /// <summary>Gives back the room of a request. Call it when its response has been made.</summary>
    internal static void Leave(FunctionContext context)
    {
        if (context.Items.Remove(Item, out var room)) ((AnswerRoom)room).Dispose();
    }

    private sealed class Place(Action leave) : IDisposable
    {
        private Action? _leave = leave;

        public void Dispose() => Interlocked.Exchange(ref _leave, null)?.Invoke();
    }
}
