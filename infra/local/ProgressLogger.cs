using Microsoft.Extensions.Logging;

namespace EReferrals.Local;

/// <summary>Writes the platform's own log lines, from warnings on, where its progress goes.</summary>
internal sealed class ProgressLogger(Action<string> progress) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) progress($"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}");
    }
}
