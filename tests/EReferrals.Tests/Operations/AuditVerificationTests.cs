using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using EReferrals.Storage.Blobs;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Operations;

/// <summary>Verifies the audit trail of a day after somebody with access to the storage account changed it.</summary>
public sealed class AuditVerificationTests(ClockedApp clocked) : IClassFixture<ClockedApp>
{
    private readonly string _mark = Guid.NewGuid().ToString("N");

    private string Today => clocked.Clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private BlobContainerClient Container => new(clocked.App.Local.Azurite!.Contingency.ConnectionString, "audit");

    [Fact]
    public async Task A_trail_that_nobody_changed_is_whole()
    {
        using var blobs = Blobs();
        await AppendAsync(blobs, "first");
        await AppendAsync(blobs, "second");

        var answer = await VerifyAsync();

        var blob = await OursAsync();
        Assert.Empty(FindingsOf(answer, blob.Name));
        var verified = Assert.Single(answer["blobs"]!.AsArray(), one => (string)one!["name"]! == blob.Name)!;
        Assert.Equal(("audit", 2, "WHOLE"), ((string)verified["account"]!, (int)verified["entries"]!, (string)verified["verdict"]!));
        Assert.True((bool)answer["open"]!);
    }

    [Fact]
    public async Task A_day_without_any_blob_is_not_whole()
    {
        using var response = await clocked.App.GetAsync(Sample.Operator, "/v1/operations/audit/verify?day=2015-06-15");

        var answer = await response.JsonAsync();
        Assert.Equal((false, 0, 0), ((bool)answer["whole"]!, answer["blobs"]!.AsArray().Count, answer["findings"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_changed_byte_is_a_finding_with_its_lines()
    {
        using var blobs = Blobs();
        await AppendAsync(blobs, "first");
        await AppendAsync(blobs, "second");
        await AppendAsync(blobs, "third");
        var blob = await OursAsync();
        await RewriteAsync(blob, content => content.Replace("second", "sedond", StringComparison.Ordinal));

        var answer = await VerifyAsync();

        var finding = Assert.Single(FindingsOf(answer, blob.Name));
        Assert.Equal(("ALTERED", 4, 5), ((string)finding["fault"]!, (int)finding["firstLine"]!, (int)finding["line"]!));
        Assert.Contains("Change nothing in the account", (string)finding["message"]!, StringComparison.Ordinal);
        Assert.False((bool)answer["whole"]!);
    }

    [Fact]
    public async Task A_removed_line_is_a_finding()
    {
        using var blobs = Blobs();
        await AppendAsync(blobs, "first");
        await AppendAsync(blobs, "second");
        var blob = await OursAsync();
        await RewriteAsync(blob, content => string.Join('\n', content.Split('\n').Where(line => !line.Contains("second", StringComparison.Ordinal))));

        Assert.Equal("ALTERED", (string)Assert.Single(FindingsOf(await VerifyAsync(), blob.Name))["fault"]!);
    }

    [Fact]
    public async Task A_removed_group_is_a_finding()
    {
        using var blobs = Blobs();
        await AppendAsync(blobs, "first");
        await AppendAsync(blobs, "second");
        await AppendAsync(blobs, "third");
        var blob = await OursAsync();
        await RewriteAsync(blob, content =>
        {
            var lines = content.Split('\n');
            return string.Join('\n', lines[..3].Concat(lines[5..]));
        });

        Assert.Equal("GROUPS_MISSING", (string)Assert.Single(FindingsOf(await VerifyAsync(), blob.Name))["fault"]!);
    }

    [Fact]
    public async Task A_removed_blob_is_a_finding_of_the_blob_that_follows_it()
    {
        using var blobs = Blobs();
        await AppendAsync(blobs, "first");
        var removed = await OursAsync();
        clocked.Clock.Advance(TimeSpan.FromHours(1));
        clocked.App.ForgetTokens();
        await AppendAsync(blobs, "second");
        await removed.DeleteAsync();
        var blob = await OursAsync();

        var finding = Assert.Single(FindingsOf(await VerifyAsync(), blob.Name));

        Assert.Equal(("BLOB_REMOVED", removed.Name), ((string)finding["fault"]!, (string)finding["named"]!["name"]!));
    }

    [Fact]
    public async Task A_blob_that_lost_its_end_is_a_finding_of_the_blob_that_follows_it()
    {
        using var blobs = Blobs();
        await AppendAsync(blobs, "first");
        await AppendAsync(blobs, "second");
        var cut = await OursAsync();
        clocked.Clock.Advance(TimeSpan.FromHours(1));
        clocked.App.ForgetTokens();
        await AppendAsync(blobs, "third");
        await RewriteAsync(cut, content => string.Join('\n', content.Split('\n')[..3]) + "\n");
        var name = (await OursAsync(than: cut.Name)).Name;

        var finding = Assert.Single(FindingsOf(await VerifyAsync(), name));

        Assert.Equal(("END_CHANGED", cut.Name), ((string)finding["fault"]!, (string)finding["named"]!["name"]!));
    }

    [Fact]
    public async Task Several_answers_name_the_same_blobs_as_one()
    {
        using var blobs = Blobs();
        using var more = Blobs();
        await AppendAsync(blobs, "first");
        await AppendAsync(more, "second");
        await blobs.WitnessAsync();
        var names = new List<string>();
        JsonNode? next = null;
        do
        {
            var answer = await VerifyAsync(next is null ? "&limit=1" : $"&limit=1&cursor={next}");
            names.AddRange(NamesOf(answer));
            next = answer["next"];
        }
        while (next is not null);

        // Blobs may have been added since.
        Assert.Equal(names, NamesOf(await VerifyAsync()).Intersect(names));
        Assert.True(names.Count >= 3);
    }

    [Fact]
    public async Task A_verification_is_audited()
    {
        var correlation = Guid.NewGuid().ToString();
        using var response = await clocked.App.GetAsync(Sample.Operator, $"/v1/operations/audit/verify?day={Today}", ("X-Correlation-ID", correlation));
        response.EnsureSuccessStatusCode();

        var entry = Assert.Single(await clocked.App.TrailAsync(correlation));
        Assert.Equal(("AUDIT_VERIFIED", Today), ((string)entry["what"]!, (string)entry["day"]!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?day=")]
    [InlineData("?day=2026-02-30")]
    [InlineData("?day=25/11/2026")]
    [InlineData("?day=9999-12-31")]
    [InlineData("?day=2026-11-01&cursor=made-up")]
    public async Task A_day_that_does_not_exist_or_has_not_begun_is_refused(string query)
    {
        using var response = await clocked.App.GetAsync(Sample.Operator, $"/v1/operations/audit/verify{query}");

        await response.ProblemAsync(400);
    }

    /// <summary>Chains of their own, as those of another process.</summary>
    private AuditBlobs Blobs() => ActivatorUtilities.CreateInstance<AuditBlobs>(clocked.App.Services);

    private Task AppendAsync(AuditBlobs blobs, string what) =>
        blobs.AppendAsync(Encoding.UTF8.GetBytes($$"""{"what":"{{what}}","mark":"{{_mark}}"}""" + "\n"), default);

    private Task<JsonObject> VerifyAsync() => clocked.App.VerifyDayAsync(Today);

    private async Task<JsonObject> VerifyAsync(string query)
    {
        using var response = await clocked.App.GetAsync(Sample.Operator, $"/v1/operations/audit/verify?day={Today}{query}");
        response.EnsureSuccessStatusCode();
        return await response.JsonAsync();
    }

    private static IReadOnlyList<string> NamesOf(JsonObject answer) => [.. answer["blobs"]!.AsArray().Select(blob => (string)blob!["name"]!)];

    private static IReadOnlyList<JsonObject> FindingsOf(JsonObject answer, string blob) =>
        [.. answer["findings"]!.AsArray().Select(finding => finding!.AsObject()).Where(finding => (string)finding["blob"]! == blob)];

    /// <summary>The blob with the entries of this test.</summary>
    /// <param name="than">The name of another one, which is not meant.</param>
    private async Task<AppendBlobClient> OursAsync(string? than = null)
    {
        await foreach (var blob in Container.GetBlobsAsync())
        {
            if (blob.Name == than) continue;
            var client = Container.GetAppendBlobClient(blob.Name);
            if ((await client.DownloadContentAsync()).Value.Content.ToString().Contains(_mark, StringComparison.Ordinal)) return client;
        }

        throw new InvalidOperationException("No blob has the entries of this test.");
    }

    private static async Task RewriteAsync(AppendBlobClient blob, Func<string, string> change)
    {
        var content = (await blob.DownloadContentAsync()).Value.Content.ToString();
        await blob.DeleteAsync();
        await blob.CreateAsync();
        using var changed = new MemoryStream(Encoding.UTF8.GetBytes(change(content)));
        await blob.AppendBlockAsync(changed);
    }
}
