using EReferrals.Storage.Tables;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using EReferrals.ApiDocs;
using EReferrals.Confirmations;
using EReferrals.Contingency.Packs;
using EReferrals.Messaging;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Ers;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.ApiDocs;

/// <summary>
/// Runs the examples of the page. Replaces only values that the service itself issues: referral numbers, versions, ids of files and messages, and cursors.
/// The app's clock is set to the day on which the examples are written.
/// </summary>
public sealed class ExampleTests(ExampleApp example) : IClassFixture<ExampleApp>
{
    private const string AnyUbrn = "000000012345";
    private const string AnyFile = "5b2f8c1e-7a43-4d0b-9e55-2f1c6d7a8b90";
    private const string AnyLetter = "dead-letters.17";
    private const string AnyTransfer = "7c1d2a90-5f3e-4b8a-9d60-2e8f4a6b1c35";
    private const string AnyMessage = "0d9b7c3e-2b64-4c6f-9f0a-5a1d3e7c8b21";

    private static readonly Actor Booker = new("000000000101", Sample.Provider, Role.ServiceProviderAdmin);

    private readonly RunningApp _app = example.App;

    [PosixFact]
    public async Task Every_request_example_on_the_page_is_accepted_and_gets_the_described_response()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("ereferrals-examples-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "letter.pdf"), "%PDF-1.4\nPlease see Harriet Wren, who is breathless.\n");
        var token = (await BashScript.ExecuteAsync($"{Setup()}\nprintf %s \"$TOKEN\"", folder)).Output;
        var faults = new List<string>();
        // Before the example of the operator that turns uploads off.
        foreach (var operation in Contract.Operations.OrderByDescending(operation => ErsOperations.Has(operation.Path)))
        {
            var curl = DisplayText(operation);
            foreach (var (old, real) in await (ErsOperations.Has(operation.Path) ? PrepareErsAsync(operation) : PrepareAsync(operation)))
            {
                Assert.Contains(old, curl, StringComparison.Ordinal);
                curl = curl.Replace(old, real, StringComparison.Ordinal);
            }

            var script = $"SERVICE={Address}\nTOKEN={token}\nMONITORING_KEY=local\n{curl} -D head -o body";
            var (exitCode, output) = await BashScript.ExecuteAsync(script.Replace(" -OJ", "", StringComparison.Ordinal), folder);
            Assert.True(exitCode == 0, $"{operation.Id}: {output}");
            faults.AddRange((await FaultsAsync(operation, folder)).Select(fault => $"{operation.Id}: {fault}"));
        }

        System.IO.Directory.Delete(folder, recursive: true);
        Assert.Empty(faults);
    }

    [Fact]
    public async Task Every_additional_body_example_is_accepted()
    {
        var further = Contract.Plain.SelectMany(operation => operation.BodyExamples.Skip(1).Select(body => (operation, body.Value))).ToArray();

        Assert.NotEmpty(further);
        foreach (var (operation, body) in further.Where(one => one.operation.Id == "bookAppointment"))
        {
            using var booked = await _app.CommandAsync(Booker, await ReferredAsync("11000"), "book", body.DeepClone().AsObject(), version: 1);
            Assert.True(booked.IsSuccessStatusCode, await booked.Content.ReadAsStringAsync());
        }

        foreach (var (operation, body) in further.Where(one => one.operation.Id != "bookAppointment"))
        {
            var caller = operation.Roles.Contains(Role.Operator) ? Sample.Operator : Sample.ReferringClinician;
            using var response = await _app.SendAsync(caller, new HttpMethod(operation.Verb), operation.Path, body);
            Assert.True(response.IsSuccessStatusCode, $"{operation.Id}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    private string Address => _app.Local.HttpAddress.ToString().TrimEnd('/');

    // The shell commands at the beginning of the guide.
    private string Setup() => DocsPageTests.Parse().Descendants("pre").First().Value.Replace("http://localhost:7071", Address, StringComparison.Ordinal);

    private static string DisplayText(ApiOperation operation) =>
        DocsPageTests.Parse().Descendants("article").Single(article => article.Attribute("aria-labelledby")!.Value == operation.Id).Element("pre")!.Value;

    /// <summary>Creates the resources of the example and returns the placeholder and the real value of each.</summary>
    private async Task<IReadOnlyList<(string Old, string Real)>> PrepareAsync(ApiOperation operation)
    {
        switch (operation.Id)
        {
            case "getReferral" or "getHistory" or "acceptReferral" or "returnReferral" or "cancelReferral" or "correctPatient"
                or "getKeptReferral" or "placeLegalHold" or "liftLegalHold":
                return [(AnyUbrn, await ReferredAsync())];
            case "bookAppointment":
                await PublishAsync("20261208-0920");
                return [(AnyUbrn, await ShortlistedAsync()), ("W/\"1\"", "W/\"2\"")];
            case "deferReferral" or "sendForTriage":
                return [(AnyUbrn, await ShortlistedAsync()), ("W/\"1\"", "W/\"2\"")];
            case "changeShortlist":
                return [(AnyUbrn, await ReferredAsync("11000"))];
            case "withdrawSlot":
                await PublishAsync("20261208-1100");
                return [];
            case "rejectReferral" or "cancelAppointment" or "recordOutcome":
                return [(AnyUbrn, await BookedAsync()), ("W/\"1\"", "W/\"2\"")];
            case "correctOutcome":
                return [(AnyUbrn, await AbsentAsync()), ("W/\"1\"", "W/\"3\"")];
            case "eraseReferral":
                return [(AnyUbrn, await CancelledAsync()), ("W/\"1\"", "W/\"2\"")];
            case "redirectReferral" or "acknowledgeReferral":
                return [(AnyUbrn, await ReturnedAsync()), ("W/\"1\"", "W/\"2\"")];
            case "changeLetters":
                return [(AnyUbrn, await ReferredAsync()), (AnyFile, await _app.UploadAsync(Sample.ReferringClinician))];
            case "getAttachment" or "getAttachmentStatus":
                return [(AnyFile, await LinkedAsync())];
            case "getChanges":
                return [(operation.Parameters.Single(parameter => parameter.Name == "since").Example!, await CursorAsync())];
            case "getPack":
                await example.BuildPacksAsync();
                return [];
            case "reportPaper":
                return [("0000 0001 2345", await ReferredAsync()), ("000000042174", await ReferredAsync("11000"))];
            case "getDeadLetter" or "replayDeadLetter" or "discardDeadLetter":
                return [(AnyLetter, await example.DeadLetterAsync())];
            case "deleteMessage":
                return [(AnyMessage, await PostedAsync())];
            case "getConfirmation" or "confirmAction":
                return [("019ac8a4-4a7e-7c31-9c5e-3c1f0b7a2d44", await AskedAsync())];
            case "approveService" or "rejectService":
                return [("50001", await PendingAsync(operation.Id == "approveService" ? "70091" : "70092"))];
            case "withdrawService":
                return [("50001", await ApprovedAsync("70093"))];
            case "getTransfer":
                return [(AnyTransfer, await OrderedAsync())];
            default:
                return [];
        }
    }

    private async Task<IReadOnlyList<(string Old, string Real)>> PrepareErsAsync(ApiOperation operation)
    {
        switch (operation.Id)
        {
            case "retrieveReferral" or "retrieveReferralVersion" or "listActions" or "searchServiceRequests" or "recordReviewOutcome" or "cancelErsReferral":
                return [(AnyUbrn, await ReferredAsync())];
            case "acceptErsReferral" or "rejectErsReferral":
                return [(AnyUbrn, await BookedAsync()), ("W/\"1\"", "W/\"2\"")];
            case "changeErsShortlist":
                return [(AnyUbrn, (await _app.CreatedAsync("11002")).IdOf())];
            case "bookErsAppointment":
                return [("000000012341", await CreatedForTriageAsync())];
            case "maintainLetter":
                var ubrn = await ReferredAsync();
                return [(AnyUbrn, ubrn), (AnyFile, await _app.UploadAsync(Sample.ReferringClinician, ubrn))];
            case "retrieveAppointment" or "retrieveAppointmentVersion":
                // The appointment that the hospital must arrange is the first one.
                return [("0000000123451", await ReferredAsync() + "1")];
            case "downloadFile" or "locateFile":
                return [(AnyFile, await LinkedAsync())];
            case "followFile":
                var (file, ticket) = await LocatedAsync();
                return [(AnyFile, file), (operation.Parameters.Single(parameter => parameter.Name == "ticket").Example!, ticket)];
            default:
                return [];
        }
    }

    // The patient is the one of the example.
    private async Task<string> CreatedForTriageAsync()
    {
        var creation = ErsSteps.Creation("50001");
        creation.Named("patient")["valueIdentifier"]!["value"] = "9990000026";
        using var created = await _app.PostCreationAsync(creation);
        return (await created.ResourceAsync(201)).IdOf();
    }

    private async Task<(string File, string Ticket)> LocatedAsync()
    {
        var file = await LinkedAsync();
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _app.Http.BaseAddress };
        using var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Get, $"{ErsSteps.R4}Binary/{file}");
        using var located = await client.SendAsync(request);
        return (file, located.Headers.Location!.Segments[^1]);
    }

    private async Task<string> ReferredAsync(string service = Sample.Service, string? attachment = null)
    {
        var submission = JourneySteps.Submission(service: service);
        if (attachment is not null) submission["attachments"] = new JsonArray(attachment);
        else submission["letter"] = "NOT_INTENDING_TO_ADD";
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, submission);
        await _app.DrainAsync();
        return ubrn;
    }

    private async Task<string> BookedAsync()
    {
        var ubrn = await ReferredAsync("11000");
        // On the day of the examples.
        var appointment = new JsonObject { ["start"] = "2026-11-25T14:20:00Z", ["end"] = "2026-11-25T14:40:00Z" };
        using var booked = await _app.CommandAsync(Booker, ubrn, "book", appointment, version: 1);
        Assert.Equal(200, (int)booked.StatusCode);
        return ubrn;
    }

    private async Task PublishAsync(string slot)
    {
        var offered = new JsonObject { ["id"] = slot, ["start"] = "2026-12-08T09:20:00Z", ["end"] = "2026-12-08T09:40:00Z", ["priority"] = "URGENT" };
        using var published = await _app.SendAsync(Booker, HttpMethod.Put, "/v1/services/11000/slots", new JsonObject { ["slots"] = new JsonArray(offered) });
        Assert.Equal(200, (int)published.StatusCode);
    }

    private async Task<string> ShortlistedAsync()
    {
        var ubrn = await ReferredAsync("11000");
        var choice = new JsonObject { ["shortlist"] = new JsonArray("11000", "50001"), ["priority"] = "URGENT", ["letter"] = "NOT_INTENDING_TO_ADD" };
        using var shortlisted = await _app.CommandAsync(Sample.ReferringClinician, ubrn, "shortlist", choice, version: 1);
        Assert.Equal(200, (int)shortlisted.StatusCode);
        return ubrn;
    }

    private async Task<string> AbsentAsync()
    {
        var ubrn = await BookedAsync();
        using var absent = await _app.CommandAsync(Booker, ubrn, "appointment/outcome", new JsonObject { ["outcome"] = "DID_NOT_ATTEND" }, version: 2);
        Assert.Equal(200, (int)absent.StatusCode);
        return ubrn;
    }

    private async Task<string> CancelledAsync()
    {
        var ubrn = await ReferredAsync();
        using var cancelled = await _app.CommandAsync(
            Sample.ReferringClinician, ubrn, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" }, version: 1);
        Assert.Equal(200, (int)cancelled.StatusCode);
        return ubrn;
    }

    private async Task<string> ReturnedAsync()
    {
        var ubrn = await ReferredAsync();
        using var returned = await _app.CommandAsync(
            Sample.ProviderClinician, ubrn, "return", new JsonObject { ["comments"] = "Elsewhere, please" }, version: 1);
        Assert.Equal(200, (int)returned.StatusCode);
        return ubrn;
    }

    private async Task<string> LinkedAsync()
    {
        var id = await _app.AvailableAsync(Sample.ReferringClinician);
        await ReferredAsync(attachment: id);
        return id;
    }

    private async Task<string> CursorAsync()
    {
        using var response = await _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW");
        var cursor = (await response.JsonAsync())["changes"]!.GetValue<string>();
        await ReferredAsync();
        return cursor;
    }

    private async Task<string> PostedAsync()
    {
        using var response = await _app.PostAsync(Sample.Operator, "/v1/operations/messages", new JsonObject { ["text"] = "For a moment" });
        return (await response.JsonAsync())["id"]!.GetValue<string>();
    }

    // The message does not exist, so that the example changes nothing.
    private async Task<string> AskedAsync()
    {
        using var asked = JsonDocument.Parse("""{ "id": "dead-letters.99", "reason": "A test" }""");
        var now = DateTimeOffset.UtcNow.AddDays(1);
        var other = Sample.Operator with { User = "000000000104" };
        var confirmation = Confirmation.Ask(ConfirmedAction.DiscardDeadLetter, asked.RootElement.Clone(), other, now);
        await _app.Services.GetRequiredService<ConfirmationBoard>().ChangeAsync(list => list.With(confirmation, now), default);
        return confirmation.Id.ToString();
    }

    // A local platform trusts every organisation, so nothing waits there by itself.
    private async Task<string> PendingAsync(string id)
    {
        var by = new Actor("000000000101", Sample.Provider, Role.ServiceDefiner);
        var change = new ServiceChange(ServiceAction.Created, Sample.Now, by, "some");
        var pending = DirectoryEntry.Define(before: null, Sample.TriageService with { Id = id }, isTrusted: false, change);
        await _app.Services.GetRequiredService<ServiceTable>().CreateAsync(pending, default);
        return id;
    }

    private async Task<string> ApprovedAsync(string id)
    {
        await _app.Services.GetRequiredService<ServiceTable>().CreateAsync(DirectoryEntry.WithoutApproval(Sample.TriageService with { Id = id }), default);
        return id;
    }

    private async Task<string> OrderedAsync()
    {
        var order = new JsonObject { ["from"] = "RCD", ["to"] = Sample.Provider, ["services"] = new JsonArray("60002"), ["reason"] = "The clinic moves." };
        using var response = await _app.PostAsync(Sample.Operator, "/v1/operations/organisation-transfers", order);
        return (await response.JsonAsync())["id"]!.GetValue<string>();
    }

    private static async Task<IEnumerable<string>> FaultsAsync(ApiOperation operation, string folder)
    {
        var head = (await File.ReadAllTextAsync(Path.Combine(folder, "head"))).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var path = Path.Combine(folder, "body");
        var body = File.Exists(path) ? await File.ReadAllBytesAsync(path) : [];
        File.Delete(path);
        var status = int.Parse(head[0].Split(' ')[1], CultureInfo.InvariantCulture);
        // A042 answers with the address of the file.
        if (status is < 200 or > 299 && !(status == 307 && operation.Id == "locateFile")) return [$"{status} {Encoding.UTF8.GetString(body)}"];

        var headers = head.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(header => header[0], header => header[1], StringComparer.OrdinalIgnoreCase);
        return Contract.FaultsOf(operation, status, headers, body);
    }
}

/// <summary>An app whose clock is set to the day of the examples.</summary>
public sealed class ExampleApp : IAsyncLifetime
{
    private static readonly DateTimeOffset Day = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    private readonly MovingClock _clock = new();

    public RunningApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _clock.Advance(Day - _clock.GetUtcNow());
        App = await RunningApp.StartAsync(
            builder => builder.Services.AddSingleton<TimeProvider>(_clock),
            state: null,
            "--Security:Contact=mailto:security@example.org",
            "--Security:ContactExpires=2027-06-30T00:00:00Z");
    }

    public async Task DisposeAsync() => await App.DisposeAsync();

    public async Task BuildPacksAsync()
    {
        await App.DrainAsync();
        _clock.Advance(TimeSpan.FromSeconds(15));
        await Eventually.TrueAsync(() => Task.FromResult(App.Local.Broker.QueueStatistics(Queues.WorklistSnapshots).Scheduled == 0));
        await App.DrainAsync();
        await App.Services.GetRequiredService<PackBuilder>().BuildAllAsync(CancellationToken.None);
    }

    /// <summary>Returns the id of an unreadable message that was dead-lettered.</summary>
    public async Task<string> DeadLetterAsync()
    {
        // An earlier replayed message is still unreadable and is dead-lettered again.
        await App.DrainAsync();
        var before = await DeadLettersAsync();
        await using var bus = new ServiceBusClient(App.Local.ServiceBusConnection);
        await using var sender = bus.CreateSender(Queues.ReferralSubmitted);
        await sender.SendMessageAsync(new ServiceBusMessage("not JSON") { MessageId = Guid.NewGuid().ToString() });
        await App.DrainAsync();
        return (await DeadLettersAsync()).Except(before).Single();
    }

    private async Task<IReadOnlyList<string>> DeadLettersAsync()
    {
        using var response = await App.GetAsync(Sample.Operator, "/v1/operations/dead-letters");
        return [.. (await response.JsonAsync())["deadLetters"]!.AsArray().Select(letter => letter!["id"]!.GetValue<string>())];
    }
}
