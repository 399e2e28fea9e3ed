using System.Text.Json.Nodes;
using EReferrals.Local.FunctionsHost;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Tests.Journeys;
using EReferrals.Worklists.SafetyNet;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EReferrals.Tests.Telemetry;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Logs_and_measurements_do_not_identify_a_patient()
    {
        using var patientData = new PatientDataCheck();
        await using var app = await RunningApp.StartAsync(patientData.AddTo);

        await TravelAsync(app);
        await BeRefusedAsync(app);
        await MeetAnOutageAsync(app);
        await app.DrainAsync();

        Assert.True(patientData.Lines > 100, $"Only {patientData.Lines} lines were heard.");
        Assert.Empty(patientData.LinesWithPatientData);
    }

    [Fact]
    public void The_eavesdropper_detects_patient_data()
    {
        using var patientData = new PatientDataCheck();
        var logger = patientData.CreateLogger("some");

        using (logger.BeginScope("943 476 5919")) Say("in a scope");
        Say("Patient Ann");
        Say("in an exception", new InvalidOperationException("Chest pain on exertion"));
        Say("Announced 94347659191");

        Assert.Equal(3, patientData.LinesWithPatientData.Count);

        void Say(string text, Exception? failure = null) => logger.Log(LogLevel.Information, default, text, failure, (state, _) => state);
    }

    [Fact]
    public async Task Accepted_processed_viewed_and_polled_referrals_are_counted()
    {
        using var counted = new Measurements();
        await using var app = await RunningApp.StartAsync();
        counted.Of(app);

        await TravelAsync(app);
        using var first = await app.GetAsync(Sample.ProviderClinician, "/v1/worklists/APPOINTMENTS_FOR_BOOKING");
        using var second = await app.GetAsync(
            Sample.ProviderClinician, "/v1/worklists/APPOINTMENTS_FOR_BOOKING", ("If-None-Match", first.Headers.ETag!.ToString()));

        Assert.Equal(1, counted["ereferrals.submissions.accepted"]);
        Assert.Equal(1, counted["ereferrals.submissions.processed"]);
        Assert.Equal(1, counted["ereferrals.polls outcome=304"]);
        Assert.True(counted["ereferrals.polls outcome=200"] >= 1);
        Assert.True(counted["ereferrals.storage.calls store=tables kind=write"] >= 1);
        Assert.True(counted["ereferrals.accept_to_visible"] > 0);
    }

    [Fact]
    public async Task Refusals_by_a_storage_account_are_counted()
    {
        using var counted = new Measurements();
        var refused = new RefusingStorageApp();
        await refused.InitializeAsync();
        try
        {
            counted.Of(refused.App);
            using (refused.ByRecords())
            {
                using var read = await refused.App.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{Ubrn.FromSequence(90_000_000_009)}");
                await read.ProblemAsync(503);
            }

            Assert.True(counted["ereferrals.storage.refusals store=tables"] >= 1);
        }
        finally
        {
            await refused.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_failed_part_of_a_timer_is_counted_by_its_name_and_the_other_part_completes()
    {
        using var counted = new Measurements();
        await using var app = await RunningApp.StartAsync(settings: "--Local:Timers=false");
        counted.Of(app);
        await app.Local.Azurite!.Contingency.StopAsync();

        await Assert.ThrowsAsync<FunctionFailedException>(() => app.Local.RunTimerAsync(nameof(SweepAndPackFunction)));

        Assert.Equal(1, counted["ereferrals.work.failed function=BuildPacks"]);
        Assert.Equal(0, counted["ereferrals.work.failed function=SafetyNet"]);
        Assert.Equal(0, counted[$"ereferrals.work.failed function={nameof(SweepAndPackFunction)}"]);
        Assert.NotNull(await app.Services.GetRequiredService<SafetyNetTable>().FindAsync(default));
    }

    [Fact]
    public async Task Every_change_of_mode_is_counted_for_its_alert()
    {
        using var counted = new Measurements();
        await using var app = await RunningApp.StartAsync();
        counted.Of(app);
        foreach (var readOnly in new[] { true, false })
        {
            using var set = await app.SendAsync(
                Sample.Operator, HttpMethod.Put, "/v1/operations/mode", new JsonObject { ["readOnly"] = readOnly, ["uploads"] = true, ["booking"] = true });
            Assert.Equal(200, (int)set.StatusCode);
        }

        Assert.Equal(2, counted["ereferrals.mode.changes"]);
    }

    private static async Task TravelAsync(RunningApp app)
    {
        var ubrn = await app.SubmitAsync(Sample.ReferringClinician);
        await app.DrainAsync();
        await app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);
        using var read = await app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        using var accepted = await app.PostAsync(
            Sample.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject { ["comments"] = "Clinic in May" }, ("If-Match", "W/\"1\""));
        accepted.EnsureSuccessStatusCode();
        await app.DrainAsync();
    }

    // Only the sender of a body may see its errors.
    private static async Task BeRefusedAsync(RunningApp app)
    {
        var wrong = JourneySteps.Submission(service: "99999");
        wrong["Jones"] = "Chest pain on exertion";
        wrong["patient"]!["nhsNumber"] = "943 476 5919";
        wrong["patient"]!["birthDate"] = "Ann";
        using var refused = await app.PostAsync(Sample.ReferringClinician, "/v1/referrals", wrong);
        Assert.Equal(422, (int)refused.StatusCode);
        using var notJson = await app.PostAsync(
            Sample.ReferringClinician, "/v1/referrals", new StringContent("{\"Jones\": 9434765919 Ann", null, "application/json"));
        Assert.Equal(400, (int)notJson.StatusCode);
    }

    // Retries, and exceptions with all the details that the clients add.
    private static async Task MeetAnOutageAsync(RunningApp app)
    {
        await app.Local.Azurite!.Records.StopAsync();
        await app.SubmitAsync(Sample.ReferringClinician);
        using var unread = await app.GetAsync(Sample.ReferringClinician, "/v1/worklists/LETTERS_OUTSTANDING");
        await app.DrainAsync();
        await app.Local.Azurite.Records.StartAsync();
        await app.Local.Broker.DeliverScheduledNowAsync();
    }
}
