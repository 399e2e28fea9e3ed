using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EReferrals.Telemetry;

/// <summary>The service's own metrics and traces, under the name <c>EReferrals</c>. Tags are short codes of this service, never patient data.</summary>
public sealed class ServiceTelemetry : IDisposable
{
    public const string Name = "EReferrals";

    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _processed;
    private readonly Counter<long> _shed;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _workFailed;
    private readonly Counter<long> _uploaded;
    private readonly Counter<long> _scanned;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _polls;
    private readonly Counter<long> _storageCalls;
    private readonly Counter<long> _storageRefusals;
    private readonly Counter<long> _modeChanges;
    private readonly Counter<long> _overrides;
    private readonly Histogram<double> _acceptToVisible;

    public ServiceTelemetry()
    {
        _accepted = _meter.CreateCounter<long>("ereferrals.submissions.accepted", "{submission}", "Submissions that got the response 202.");
        _processed = _meter.CreateCounter<long>("ereferrals.submissions.processed", "{submission}", "Submissions that became a referral, or an alias of one.");
        _shed = _meter.CreateCounter<long>("ereferrals.requests.shed", "{request}", "Requests that were shed with Retry-After.");
        _failed = _meter.CreateCounter<long>("ereferrals.requests.failed", "{request}", "Requests that failed with 5xx, by kind of request.");
        _workFailed = _meter.CreateCounter<long>("ereferrals.work.failed", "{run}", "Runs of a queue function, or of a part of a timer, that threw, by name.");
        _uploaded = _meter.CreateCounter<long>("ereferrals.attachments.uploaded", "{file}", "Attachments that were stored and wait for the scanner.");
        _scanned = _meter.CreateCounter<long>("ereferrals.attachments.scanned", "{verdict}", "Verdicts of the scanner that were recorded.");
        _deadLettered = _meter.CreateCounter<long>("ereferrals.messages.dead_lettered", "{message}", "Messages that were put into quarantine.");
        _polls = _meter.CreateCounter<long>("ereferrals.polls", "{poll}", "Reads of worklists, by the source of the response.");
        _storageCalls = _meter.CreateCounter<long>("ereferrals.storage.calls", "{call}", "Requests to the storage accounts, including retries.");
        _storageRefusals = _meter.CreateCounter<long>("ereferrals.storage.refusals", "{call}", "Requests that a storage account refused with 401 or 403.");
        _modeChanges = _meter.CreateCounter<long>("ereferrals.mode.changes", "{change}", "Changes of the operating mode by an operator.");
        _overrides = _meter.CreateCounter<long>("ereferrals.operations.overrides", "{action}", "Actions that an operator did without a second operator.");
        _acceptToVisible = _meter.CreateHistogram<double>("ereferrals.accept_to_visible", "s", "Time from the 202 until the referral is on a worklist.");
    }

    public void Accepted() => _accepted.Add(1);

    public void Processed() => _processed.Add(1);

    /// <param name="why">Such as <c>rate</c> or <c>overload</c>.</param>
    public void Shed(string why) => _shed.Add(1, new KeyValuePair<string, object?>("why", why));

    /// <param name="kind">The kind of the request, such as <c>Submitting</c>.</param>
    public void Failed(string kind) => _failed.Add(1, new KeyValuePair<string, object?>("kind", kind));

    /// <param name="function">The name of a queue function or of a part of a timer.</param>
    public void WorkFailed(string function) => _workFailed.Add(1, new KeyValuePair<string, object?>("function", function));

    public void Uploaded() => _uploaded.Add(1);

    public void Scanned() => _scanned.Add(1);

    public void DeadLettered(string queue) => _deadLettered.Add(1, new KeyValuePair<string, object?>("queue", queue));

    /// <param name="outcome"><c>200</c>, <c>304</c>, <c>snapshot</c> or <c>memory</c>.</param>
    public void Polled(string outcome) => _polls.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void StorageCall(string store, string kind) =>
        _storageCalls.Add(1, new KeyValuePair<string, object?>("store", store), new KeyValuePair<string, object?>("kind", kind));

    public void StorageRefusal(string store) => _storageRefusals.Add(1, new KeyValuePair<string, object?>("store", store));

    public void ModeChanged() => _modeChanges.Add(1);

    public void Overridden() => _overrides.Add(1);

    public void BecameVisible(TimeSpan afterAcceptance) => _acceptToVisible.Record(Math.Max(0, afterAcceptance.TotalSeconds));

    /// <param name="age">The time since the canary was last seen; null when it was never seen.</param>
    public void ObserveCanary(Func<TimeSpan?> age) => _meter.CreateObservableGauge(
        "ereferrals.canary.age", () => MeasurementOf(age()?.TotalSeconds), "s", "Time since the canary referral was last seen on its worklist.");

    /// <param name="differences">The differences that the last run found; null when there was no run.</param>
    public void ObserveReconciler(Func<long?> differences) => _meter.CreateObservableGauge(
        "ereferrals.reconciler.differences",
        () => MeasurementOf(differences()),
        "{referral}",
        "Referrals that are missing, or were wrong on worklists, in the last run of the reconciler.");

    /// <summary>The new activity; null when there is no listener.</summary>
    /// <param name="parent">A W3C <c>traceparent</c>; anything else begins a new trace.</param>
    public Activity? Start(string name, ActivityKind kind, string? parent, string? requestId)
    {
        ActivityContext.TryParse(parent, traceState: null, out var context);
        return _source.StartActivity(name, kind, context)?.SetTag("ereferrals.request_id", requestId);
    }

    internal bool Owns(Meter meter) => meter == _meter;

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }

    private static IEnumerable<Measurement<T>> MeasurementOf<T>(T? value) where T : struct => value is { } measured ? [new Measurement<T>(measured)] : [];
}
