using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Logging;

namespace EReferrals.Tests;

/// <summary>
/// Captures everything that an app logs or measures: every log line of every category with its scopes and exceptions, every span, and every tag of every
/// measurement. Keeps lines that contain a patient's number, name or free text. The shared app of the journeys has one, so that it checks every journey. Add
/// one to another app with <c>RunningApp.StartAsync(patientData.AddTo)</c>.
/// </summary>
internal sealed class PatientDataCheck : ILoggerProvider, ISupportExternalScope
{
    // Whole words and every invented NHS number that journeys submit. A journey with another patient adds the patient's words here.
    private static readonly string[] Secrets =
    [
        "9434765919", "943 476 5919", "943-476-5919", "9912003888", "991 200 3888", "Jones", "JONES", "Ann",
        "Chest pain on exertion", "Clinic in May", "Statins first",
    ];

    private static readonly Regex Secret = new(
        $@"(?<!\w)({string.Join('|', Secrets.Select(Regex.Escape))}|999[ -]?[0-9]{{3}}[ -]?[0-9]{{4}})(?!\w)", RegexOptions.Compiled);

    private readonly ConcurrentQueue<string> _linesWithPatientData = new();
    private readonly MeterListener _measurements = new();
    private readonly ActivityListener _spans;
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();
    private int _lines;

    public PatientDataCheck()
    {
        _measurements.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ServiceTelemetry.Name) listener.EnableMeasurementEvents(instrument);
        };
        _measurements.SetMeasurementEventCallback<long>((instrument, _, tags, _) => CaptureTags(instrument.Name, tags));
        _measurements.SetMeasurementEventCallback<double>((instrument, _, tags, _) => CaptureTags(instrument.Name, tags));
        _measurements.Start();
        _spans = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ServiceTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => Capture($"{span.DisplayName} {string.Join(' ', span.TagObjects)}"),
        };
        ActivitySource.AddActivityListener(_spans);
    }

    /// <summary>Lines that contain patient data.</summary>
    public IReadOnlyCollection<string> LinesWithPatientData => _linesWithPatientData;

    /// <summary>Number of captured lines. Zero means that the test proves nothing.</summary>
    public int Lines => _lines;

    public void AddTo(FunctionsApplicationBuilder builder)
    {
        builder.Logging.AddProvider(this);
        // Kestrel logs every frame at this level. The category is not ours and contains no bodies.
        builder.Logging.AddFilter<PatientDataCheck>((category, _) => category?.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) != true);
    }

    public ILogger CreateLogger(string categoryName) => new CapturingLogger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
        _measurements.Dispose();
        _spans.Dispose();
    }

    private void CaptureTags(string instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Capture($"{instrument} {string.Join(' ', tags.ToArray())}");

    private void Capture(string line)
    {
        Interlocked.Increment(ref _lines);
        if (Secret.IsMatch(line)) _linesWithPatientData.Enqueue(line);
    }

    private sealed class CapturingLogger(PatientDataCheck owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => owner._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Checks the state apart from the text: a log sink also writes values that the text leaves out.
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs) : "";
            var scopes = new List<string>();
            owner._scopes.ForEachScope((scope, all) => all.Add($"{scope}"), scopes);
            owner.Capture($"{category} {formatter(state, exception)} {values} {string.Join(' ', scopes)} {exception}");
        }
    }
}
