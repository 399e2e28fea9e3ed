#nullable disable
namespace Azure.Messaging.ServiceBus;

internal static class Check
{
    public static T NotNull<T>(T value, string name)
        where T : class => value ?? throw new ArgumentNullException(name);

    public static string NotEmpty(string value, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, name);
        return value;
    }

    public static T InRange<T>(T value, T least, T most, string name)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            throw new ArgumentOutOfRangeException(name, value, $"The value must be between {least} and {most}.");
        }
        return value;
    }

    public static string AtMost(string value, int length, string name)
    {
        if (value is not null && value.Length > length)
        {
            throw new ArgumentOutOfRangeException(name, value.Length, $"The value cannot be longer than {length} characters.");
        }
        return value;
    }

    public static void NotClosed(bool closed, string name)
    {
        if (closed)
        {
            throw new ObjectDisposedException(name, $"{name} has already been closed. Please create a new instance.");
        }
    }
}
