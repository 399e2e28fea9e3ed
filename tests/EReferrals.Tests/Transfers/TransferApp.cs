using System.Text.Json.Nodes;
using EReferrals.Reconciliation;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Tests.Journeys;
using EReferrals.Transfers;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Transfers;

/// <summary>One running app for transfers of organisations. Each test has its own organisations and advances the clock itself.</summary>
public class TransferApp : IAsyncLifetime
{
    public const string Transfers = "/v1/operations/organisation-transfers";

    private readonly ShiftedClock _clock = new();
    private StorageProxy _tables = null!;
    private int _organisations;

    public RunningApp App { get; private set; } = null!;

    internal StorageProxy Tables => _tables;

    public virtual async Task InitializeAsync()
    {
        _tables = await StorageProxy.StartAsync();
        App = await RunningApp.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(_clock);
                RefusingStorageApp.Place(builder, "Records:ConnectionString", "TableEndpoint", _tables);
                Configure(builder);
            },
            state: null,
            [.. Settings]);
    }

    protected virtual IEnumerable<string> Settings => ["--Local:Timers=false"];

    protected virtual void Configure(FunctionsApplicationBuilder builder)
    {
    }

    public virtual async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await _tables.DisposeAsync();
    }

    public string NewOrganisation() => $"T{Interlocked.Increment(ref _organisations):D4}";

    public static Actor Clinician(string provider) => Sample.ProviderClinician with { Organisation = provider };

    public static Actor Admin(string provider) => Sample.ProviderAdmin with { Organisation = provider };

    public static Actor Practice(string referrer) => Sample.ReferringClinician with { Organisation = referrer };

    /// <summary>Creates a service of this provider, which makes the provider known.</summary>
    public Task<string> DefineAsync(string provider, string requestType = "TRIAGE_REQUEST")
    {
        var service = JourneySteps.TriageService(provider);
        service["requestTypes"] = new JsonArray(requestType);
        return App.DefineServiceAsync(provider, service);
    }

    public Task<HttpResponseMessage> PutAsync(string id, string provider, JsonObject service) =>
        App.SendAsync(new Actor("000000000101", provider, Role.ServiceDefiner), HttpMethod.Put, $"/v1/services/{id}", service);

    public async Task<string> ReferAsync(string referrer, string service)
    {
        var submission = JourneySteps.Submission(service: service);
        submission["letter"] = "NOT_INTENDING_TO_ADD";
        var ubrn = await App.SubmitAsync(Practice(referrer), submission);
        await App.DrainAsync();
        return ubrn;
    }

    public async Task<JsonObject> CommandAsync(Actor actor, string ubrn, string command, JsonObject body, int version = 1)
    {
        using var response = await App.CommandAsync(actor, ubrn, command, body, version);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.JsonAsync();
    }

    public Task<HttpResponseMessage> OrderAsync(string from, string to, params string[] services)
    {
        var order = new JsonObject { ["from"] = from, ["to"] = to, ["reason"] = "They merge." };
        if (services.Length > 0) order["services"] = new JsonArray([.. services.Select(service => JsonValue.Create(service))]);
        return App.PostAsync(Sample.Operator, Transfers, order);
    }

    /// <summary>Orders a transfer and runs it to its end.</summary>
    public async Task<JsonObject> TransferAsync(string from, string to, params string[] services)
    {
        using var ordered = await OrderAsync(from, to, services);
        Assert.True((int)ordered.StatusCode == 202, await ordered.Content.ReadAsStringAsync());
        await FinishAsync();
        return await ReadAsync(ordered.Headers.Location!.ToString());
    }

    /// <summary>Advances the clock until every instance knows the order, and runs the timer once.</summary>
    public async Task FinishAsync()
    {
        WhenAllInstancesKnow();
        await App.Local.RunTimerAsync(nameof(ReconcileAndTransferFunction));
        await App.SettleAsync();
    }

    public void Advance(TimeSpan by) => _clock.Advance(by);

    public void WhenAllInstancesKnow() => _clock.Advance(TimeSpan.FromSeconds(20));

    /// <summary>
    /// Simulates a process that ends after a number of table calls, where the last call is executed but its response is lost. Returns false when the work
    /// finished earlier.
    /// </summary>
    public Task<bool> RunAndStopAsync(int calls) =>
        RunAndStopAsync(calls, () => App.Services.GetRequiredService<TransferRun>().ContinueAsync(CancellationToken.None));

    /// <summary>Interrupts any work in the same way and swallows the resulting exception.</summary>
    public Task<bool> RunAndStopAsync(int calls, Func<Task> work) => RunAndStopAsync(calls, work, [_tables]);

    /// <summary>Counts the calls to these endpoints. After the stop, they and the tables refuse everything.</summary>
    private protected async Task<bool> RunAndStopAsync(int calls, Func<Task> work, IReadOnlyList<StorageProxy> counted)
    {
        var left = calls;
        var isStopped = false;
        StorageProxy[] refused = [_tables, .. counted];
        foreach (var proxy in counted)
        {
            proxy.IsResponseLost = _ => Volatile.Read(ref left) <= 0;
            proxy.Before = _ =>
            {
                if (Interlocked.Decrement(ref left) > 0) return Task.CompletedTask;
                isStopped = true;
                foreach (var each in refused) each.Refused = "/";
                return Task.CompletedTask;
            };
        }

        try
        {
            await work();
        }
        catch (Exception ex) when (EReferrals.Resilience.Transient.Is(ex))
        {
        }
        finally
        {
            foreach (var proxy in refused) (proxy.Before, proxy.IsResponseLost, proxy.Refused) = (null, null, null);
        }

        return isStopped;
    }

    /// <summary>
    /// Runs another action completely before one table call is forwarded. Returns false when the work finished earlier; the action then runs afterwards.
    /// </summary>
    public async Task<bool> RunAndInterruptAsync(int call, Func<Task> work, Func<Task> between)
    {
        var left = call;
        var other = new Lazy<Task>(between);
        _tables.Before = _ => Interlocked.Decrement(ref left) == 0 ? other.Value : Task.CompletedTask;
        await work();
        _tables.Before = null;
        var isInterrupted = other.IsValueCreated;
        await other.Value;
        return isInterrupted;
    }

    public async Task<JsonObject> ReadAsync(string path)
    {
        using var response = await App.ReadPatientlyAsync(Sample.Operator, path);
        Assert.Equal(200, (int)response.StatusCode);
        return await response.JsonAsync();
    }

    public async Task<int> StatusAsync(Actor actor, string ubrn)
    {
        using var response = await App.ReadPatientlyAsync(actor, $"/v1/referrals/{ubrn}");
        return (int)response.StatusCode;
    }

    public async Task<IReadOnlyList<JsonObject>> HistoryAsync(Actor actor, string ubrn)
    {
        using var response = await App.ReadPatientlyAsync(actor, $"/v1/referrals/{ubrn}/history");
        return [.. (await response.JsonAsync())["versions"]!.AsArray().Select(version => version!.AsObject())];
    }

    /// <summary>Returns every list of a side, with its referrals in order.</summary>
    public async Task<IReadOnlyDictionary<Worklist, IReadOnlyList<string>>> ListsAsync(Actor actor)
    {
        // A version is cached for one second.
        _clock.Advance(TimeSpan.FromSeconds(2));
        var lists = new Dictionary<Worklist, IReadOnlyList<string>>();
        foreach (var list in WorklistRules.VisibleTo(actor.Role)) lists[list] = await App.ListedAsync(actor, list);
        return lists;
    }

    /// <summary>Reads a list once and returns its entries and changes cursor.</summary>
    public async Task<(HashSet<string> Known, string Cursor)> FollowAsync(Actor actor, Worklist list)
    {
        using var response = await App.ReadPatientlyAsync(actor, $"/v1/worklists/{Code.From(list)}?limit=1000");
        var page = await response.JsonAsync();
        return ([.. page["entries"]!.AsArray().Select(entry => entry!["ubrn"]!.GetValue<string>())], page["changes"]!.GetValue<string>());
    }

    /// <summary>Returns the entries that a client knows after it has applied every change since its cursor.</summary>
    public async Task<HashSet<string>> CatchUpAsync(Actor actor, Worklist list, (HashSet<string> Known, string Cursor) follower)
    {
        _clock.Advance(TimeSpan.FromSeconds(2));
        for (var (cursor, more) = (follower.Cursor, true); more;)
        {
            using var response = await App.ReadPatientlyAsync(actor, $"/v1/worklists/{Code.From(list)}/changes?limit=3&since={cursor}");
            Assert.Equal(200, (int)response.StatusCode);
            var page = await response.JsonAsync();
            foreach (var change in page["changes"]!.AsArray())
            {
                var ubrn = change!["ubrn"]!.GetValue<string>();
                if (change["change"]!.GetValue<string>() == "PUT") follower.Known.Add(ubrn);
                else follower.Known.Remove(ubrn);
            }

            (cursor, more) = (page["next"]!.GetValue<string>(), page["more"]!.GetValue<bool>());
        }

        return follower.Known;
    }
}
