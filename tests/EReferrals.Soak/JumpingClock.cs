using System.Globalization;

namespace EReferrals.Soak;

/// <summary>
/// A clock whose wall time jumps while elapsed time does not, as on a machine whose clock is set. The offset is in a file, because another process sets it.
/// </summary>
internal sealed class JumpingClock : TimeProvider
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly string _file;
    private readonly ITimer _looking;
    private long _ahead;

    public JumpingClock(string file)
    {
        _file = file;
        Read();
        _looking = System.CreateTimer(_ => Read(), null, Look, Look);
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public static void Set(string file, TimeSpan ahead)
    {
        File.WriteAllText(file + ".new", ahead.Ticks.ToString(CultureInfo.InvariantCulture));
        File.Move(file + ".new", file, overwrite: true);
    }

    private void Read() => Interlocked.Exchange(ref _ahead, long.Parse(File.ReadAllText(_file), CultureInfo.InvariantCulture));
}
