using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using EReferrals.Status.Page;

namespace EReferrals.Tests.Status;

public sealed partial class StatusPageTests
{
    public static TheoryData<string> Everything { get; } = [.. SamplePages.All.Keys];

    [Theory]
    [MemberData(nameof(Everything))]
    public void Every_page_is_well_formed_without_scripts_or_external_resources(string name)
    {
        var page = Parse(SamplePages.All[name]());

        Assert.Empty(page.Descendants("script"));
        Assert.DoesNotContain(
            page.Descendants().Attributes(),
            attribute => attribute.Name.LocalName is "style" or "src" or "srcset" || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.All(page.Descendants().Attributes("href"), link => Assert.DoesNotContain(":", link.Value, StringComparison.Ordinal));
        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName is "link" or "img" or "iframe" or "object" or "form");
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void Every_page_has_one_first_level_heading_a_language_and_a_text_for_every_picture(string name)
    {
        var page = Parse(SamplePages.All[name]());

        Assert.Single(page.Descendants("h1"));
        Assert.Equal("en-GB", page.Root!.Attribute("lang")!.Value);
        var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToArray();
        Assert.Equal(ids.Distinct(), ids);
        foreach (var svg in page.Descendants("svg"))
        {
            var isDecoration = svg.Attribute("aria-hidden")?.Value == "true";
            Assert.True(isDecoration || ids.Contains(svg.Attribute("aria-labelledby")?.Value));
        }
    }

    [Fact]
    public void The_content_security_policy_allows_only_the_one_style_sheet()
    {
        var page = Parse(SamplePages.All["ok"]());
        var style = page.Descendants("style").Single().Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));

        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", StatusPage.SecurityPolicy);
        var own = page.Descendants("meta").Single(meta => meta.Attribute("http-equiv")?.Value == "Content-Security-Policy").Attribute("content")!.Value;
        Assert.StartsWith(own, StatusPage.SecurityPolicy, StringComparison.Ordinal);
    }

    [Fact]
    public void The_state_is_shown_in_words_and_not_only_in_colour()
    {
        Assert.Equal("Everything works", Heading("ok"));
        Assert.Equal("Works, with limits", Heading("degraded"));
        Assert.Equal("Not working", Heading("down"));

        static string Heading(string name) => Parse(SamplePages.All[name]()).Descendants("h1").Single().Value;
    }

    [Fact]
    public void A_hostile_message_is_shown_as_plain_text()
    {
        const string hostile = "</p><script>alert('1')</script><img src=x onerror=\"alert(2)\"> & {{7*7}}";
        var report = SamplePages.Report(OverallState.Ok) with { Messages = [new ServiceMessage(Sample.Now, hostile, null)] };

        var page = Parse(StatusPage.Render(report, CanaryHistory.Empty, Sample.Now, isFile: false));

        var message = page.Descendants("div").Single(element => element.Attribute("class")?.Value == "message");
        Assert.Equal(hostile, message.Element("p")!.Value);
        Assert.Empty(page.Descendants("script"));
    }

    [Fact]
    public void A_page_states_its_time_and_the_stored_file_explains_what_an_old_time_means()
    {
        var live = Encoding.UTF8.GetString(SamplePages.All["ok"]());
        var file = Encoding.UTF8.GetString(StatusPage.Render(SamplePages.Report(OverallState.Ok), CanaryHistory.Empty, Sample.Now, isFile: true));

        Assert.Contains("09:30:00 on Wednesday 25 November 2026", live, StringComparison.Ordinal);
        Assert.Contains("more than 5 minutes ago", file, StringComparison.Ordinal);
        Assert.Matches(Refresh(), live);
    }

    [Fact]
    public void Times_are_UK_local_times()
    {
        var summer = new DateTimeOffset(2026, 7, 1, 9, 30, 0, TimeSpan.Zero);

        var page = Encoding.UTF8.GetString(StatusPage.Render(SamplePages.Report(OverallState.Ok), CanaryHistory.Empty, summer, isFile: false));

        Assert.Contains("10:30:00 on Wednesday 1 July 2026", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chart_shows_the_highest_figure_of_each_ten_minutes_and_marks_canaries_that_did_not_arrive()
    {
        var chart = new StatusChart(
            [
                new CanarySample(Sample.Now.AddMinutes(-1), 400, 0, null),
                new CanarySample(Sample.Now.AddMinutes(-2), 900, 0, null),
                new CanarySample(Sample.Now.AddMinutes(-15), null, 0, null),
                new CanarySample(Sample.Now.AddHours(-25), 9_000, 0, null),
            ],
            Sample.Now,
            sample => sample.Milliseconds,
            sample => sample.Milliseconds is null);

        var svg = chart.Svg(1_000, "text");

        Assert.Equal(900, chart.Highest);
        Assert.Contains("M572 100v-90h3v90z", svg, StringComparison.Ordinal);
        Assert.Contains("M568 0h3v6h-3z", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("M568 100", svg, StringComparison.Ordinal);
    }

    private static XDocument Parse(byte[] page)
    {
        using var reader = XmlReader.Create(new MemoryStream(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }

    [GeneratedRegex("""<meta http-equiv="refresh" content="60" />""")]
    private static partial Regex Refresh();
}
