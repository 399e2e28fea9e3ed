using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using EReferrals.Operations;
using EReferrals.Referrals.Lists;
using EReferrals.Storage;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Operations;

public sealed class ModeTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private const string Path = "/v1/operations/mode";

    private readonly RunningApp _app = shared.App;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await SetAsync(Mode());

    [Fact]
    public async Task Read_only_mode_rejects_writes_with_the_reason_and_end_time_and_allows_reads()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();

        await SetAsync(Mode(readOnly: true, reason: "Moving to a new store.", until: DateTimeOffset.UtcNow.AddMinutes(10)));
        using var submitted = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission());
        using var accepted = await _app.PostAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject(), ("If-Match", "W/\"1\""));
        using var uploaded = await UploadAsync();
        using var read = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
        var listed = await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);

        Assert.Equal((503, 503, 503, 200), ((int)submitted.StatusCode, (int)accepted.StatusCode, (int)uploaded.StatusCode, (int)read.StatusCode));
        Assert.Contains(ubrn, listed);
        Assert.InRange(submitted.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(15));
        var detail = (await submitted.JsonAsync())["detail"]!.GetValue<string>();
        Assert.StartsWith("The service is currently read-only. Moving to a new store. Expected until ", detail, StringComparison.Ordinal);

        await SetAsync(Mode());
        await _app.SubmitAsync(Sample.ReferringClinician);
    }

    [Fact]
    public async Task Uploads_off_mode_rejects_uploads_only()
    {
        await SetAsync(Mode(uploads: false));

        using var uploaded = await UploadAsync();
        await _app.SubmitAsync(Sample.ReferringClinician);

        Assert.Equal(503, (int)uploaded.StatusCode);
    }

    [Fact]
    public void Booking_off_mode_rejects_bookings_only()
    {
        var off = OperatingMode.Normal with { Booking = false };

        Assert.NotNull(ModeMiddleware.WhyNot(off, RequestKind.Booking));
        Assert.All(Enum.GetValues<RequestKind>().Except([RequestKind.Booking]), kind => Assert.Null(ModeMiddleware.WhyNot(off, kind)));
    }

    [Theory]
    [InlineData("GET", "/v1/worklists/REFERRALS_FOR_REVIEW", nameof(RequestKind.Reading))]
    [InlineData("GET", "/v1/worklists/REFERRALS_FOR_REVIEW/changes", nameof(RequestKind.Reading))]
    [InlineData("GET", "/v1/worklists/REFERRALS_FOR_REVIEW/print", nameof(RequestKind.Browsing))]
    [InlineData("GET", "/v1/worklists", nameof(RequestKind.Browsing))]
    [InlineData("GET", "/v1/services", nameof(RequestKind.Browsing))]
    [InlineData("GET", "/v1/referrals/000000012345/history", nameof(RequestKind.Browsing))]
    [InlineData("GET", "/v1/referrals/000000012345", nameof(RequestKind.Reading))]
    [InlineData("POST", "/v1/referrals", nameof(RequestKind.Submitting))]
    [InlineData("POST", "/v1/referrals/000000012345/book", nameof(RequestKind.Booking))]
    [InlineData("POST", "/v1/referrals/000000012345/accept", nameof(RequestKind.Changing))]
    [InlineData("POST", "/v1/attachments", nameof(RequestKind.Uploading))]
    [InlineData("POST", "/V1/Attachments", nameof(RequestKind.Uploading))]
    [InlineData("POST", "/v1/Referrals/000000012345/Book", nameof(RequestKind.Booking))]
    [InlineData("PUT", "/v1/services/50001", nameof(RequestKind.Changing))]
    [InlineData("PUT", "/v1/operations/mode", nameof(RequestKind.Operating))]
    [InlineData("POST", "/FHIR/STU3/ReferralRequest/$ers.fetchworklist", nameof(RequestKind.Reading))]
    [InlineData("POST", "/FHIR/STU3/ReferralRequest/$ers.createReferralAndSendForTriage", nameof(RequestKind.Submitting))]
    [InlineData("POST", "/FHIR/STU3/Binary", nameof(RequestKind.Uploading))]
    [InlineData("POST", "/FHIR/STU3/Appointment", nameof(RequestKind.Booking))]
    [InlineData("POST", "/FHIR/STU3/ReferralRequest/000000012345/$ers.cancelReferral", nameof(RequestKind.Changing))]
    public void The_kind_of_a_request_follows_from_its_method_and_path(string method, string path, string kind) =>
        Assert.Equal(kind, RequestKinds.From(method, path).ToString());

    [Fact]
    public async Task Another_instance_applies_a_new_mode_at_one_of_its_next_polls()
    {
        await using var other = await RunningApp.StartAsync(
            configure: null, state: null,
            $"--Records:ConnectionString={_app.Local.Azurite!.Records.ConnectionString}",
            $"--Contingency:ConnectionString={_app.Local.Azurite.Contingency.ConnectionString}");

        await SetAsync(Mode(readOnly: true));
        // How long that takes is in the two constants that the next test adds up.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await IsReadOnlyAsync(other)) await Task.Delay(50, limit.Token);
    }

    [Fact]
    public void A_poll_that_just_missed_a_change_and_a_slow_next_poll_take_less_than_five_seconds() =>
        Assert.InRange(ServiceModes.PollInterval + ServiceModes.Limit, TimeSpan.Zero, TimeSpan.FromSeconds(4.5));

    [Fact]
    public void A_poll_times_out_before_the_next_is_due() => Assert.True(ServiceModes.Limit < ServiceModes.PollInterval);

    [Fact]
    public async Task The_mode_can_be_changed_while_the_tables_are_down()
    {
        await _app.Local.Azurite!.Records.StopAsync();
        try
        {
            await SetAsync(Mode(readOnly: true));
            using var submitted = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission());

            Assert.Equal(503, (int)submitted.StatusCode);
            Assert.Contains("read-only", (await submitted.JsonAsync())["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        }
        finally
        {
            await _app.Local.Azurite.Records.StartAsync();
        }
    }

    [Fact]
    public async Task The_last_known_mode_stays_in_force_while_it_cannot_be_read_and_changes_are_rejected()
    {
        await SetAsync(Mode(uploads: false));
        await _app.Local.Azurite!.Contingency.StopAsync();
        try
        {
            using var refused = await _app.SendAsync(Sample.Operator, HttpMethod.Put, Path, Mode());
            using var uploaded = await UploadAsync();

            Assert.Equal((503, 503), ((int)refused.StatusCode, (int)uploaded.StatusCode));
        }
        finally
        {
            await _app.Local.Azurite.Contingency.StartAsync();
        }
    }

    [Fact]
    public async Task An_unreadable_stored_mode_changes_nothing_and_can_be_replaced()
    {
        await SetAsync(Mode(readOnly: true));
        var stored = new BlobClient(_app.Local.Azurite!.Contingency.ConnectionString, Containers.Operations, "mode.json");
        await stored.UploadAsync(BinaryData.FromString("not JSON"), overwrite: true);
        var modes = _app.Services.GetRequiredService<ServiceModes>();
        await modes.LookAsync(CancellationToken.None);
        var meanwhile = await IsReadOnlyAsync(_app);

        await SetAsync(Mode(uploads: false));
        await modes.LookAsync(CancellationToken.None);

        Assert.True(meanwhile);
        Assert.Equal(OperatingMode.Normal with { Uploads = false }, modes.Current);
    }

    [Theory]
    [InlineData("""{"readOnly":true,"uploads":true}""", 422)]
    [InlineData("""{"readOnly":"yes","uploads":true,"booking":true}""", 422)]
    [InlineData("""{"readOnly":false,"uploads":true,"booking":true,"until":"2020-01-01T00:00:00Z"}""", 422)]
    [InlineData("""{"readOnly":false,"uploads":true,"booking":true,"readonly":true}""", 422)]
    [InlineData("""{"readOnly":false,"readOnly":true,"uploads":true,"booking":true}""", 400)]
    [InlineData("[]", 400)]
    public async Task An_ambiguous_mode_request_changes_nothing(string body, int status)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var refused = await _app.SendAsync(Sample.Operator, HttpMethod.Put, Path, content);

        Assert.Equal(status, (int)refused.StatusCode);
        Assert.False(await IsReadOnlyAsync(_app));
    }

    private static JsonObject Mode(
        bool readOnly = false, bool uploads = true, bool booking = true, string? reason = null, DateTimeOffset? until = null)
    {
        var mode = new JsonObject { ["readOnly"] = readOnly, ["uploads"] = uploads, ["booking"] = booking };
        if (reason is not null) mode["reason"] = reason;
        if (until is not null) mode["until"] = until.Value.ToString("O");
        return mode;
    }

    private async Task SetAsync(JsonObject mode)
    {
        using var set = await _app.SendAsync(Sample.Operator, HttpMethod.Put, Path, mode);
        Assert.Equal(200, (int)set.StatusCode);
    }

    private static async Task<bool> IsReadOnlyAsync(RunningApp app)
    {
        using var response = await app.GetAsync(Sample.Operator, Path);
        return (await response.JsonAsync())["readOnly"]!.GetValue<bool>();
    }

    private async Task<HttpResponseMessage> UploadAsync()
    {
        using var content = new ByteArrayContent("%PDF-1.7 some"u8.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/pdf");
        return await _app.SendAsync(Sample.ReferringClinician, HttpMethod.Post, "/v1/attachments", content, ("NHSD-eRS-File-Name", "letter.pdf"));
    }
}
