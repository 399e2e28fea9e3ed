using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using EReferrals.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests;

/// <summary>The sums of the service's own metrics, by name and tags, from one app.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly ConcurrentDictionary<string, double> _sums = new();
    private readonly MeterListener _listener = new();
    private ServiceTelemetry? _telemetry;

    public double this[string name] => _sums.GetValueOrDefault(name);

    public void Of(RunningApp app)
    {
        // Other apps in this process have meters of the same name.
        _telemetry = app.Services.GetRequiredService<ServiceTelemetry>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (_telemetry.Owns(instrument.Meter)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    private void Add(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = string.Join(' ', [name, .. tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")]);
        _sums.AddOrUpdate(key, value, (_, sum) => sum + value);
    }
}
