using System.Globalization;
using System.Text;
using EReferrals.Http.Html;
using EReferrals.Referrals.Values;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;

namespace EReferrals.Status.Page;

/// <summary>
/// Renders the status as one HTML page, without scripts or external resources, as well-formed XML. The page shows when it is out of date: it has its
/// time, and the style sheet shows a notice when the page has been open for three minutes without a reload.
/// </summary>
internal static class StatusPage
{
    private const string Links =
        " For clinicians, practices and operators: <a href=\"/app\">sign in</a>. For developers: <a href=\"/docs\">the API</a>.";

    private static readonly HtmlPage Page = new(EmbeddedFile.Text(typeof(StatusPage), "StatusPage.css"));

    public static string SecurityPolicy => Page.Policy;

    public static byte[] Render(StatusReport report, CanaryHistory history, DateTimeOffset now, bool isFile)
    {
        var html = new StringBuilder(32 * 1024);
        html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en-GB">
            <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta http-equiv="Content-Security-Policy" content="{HtmlPage.Encode(Page.PolicyInPage)}" />
            <meta http-equiv="refresh" content="60" />
            <meta name="robots" content="noindex" />
            <title>{Headline(report.State)}: electronic referrals status</title>
            <style>{Page.Style}</style>
            </head>
            <body>
            <header><div class="wide"><p>Electronic referrals: service status</p></div></header>
            <main class="wide">

            """);
        AddMessages(html, report.Messages);
        AddBanner(html, report);
        AddAge(html, report, now, isFile);
        AddCapabilities(html, report);
        if (report.Canary.State != CanaryState.Off) AddCanary(html, report.Canary, now);
        AddDay(html, history, now);
        AddDetails(html, report, history, now);
        html.Append("</main>\n");
        AddFooter(html, isFile);
        html.Append("</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(html.ToString());
    }

    private static void AddMessages(StringBuilder html, IReadOnlyList<ServiceMessage> messages)
    {
        if (messages.Count == 0) return;
        html.Append("<section aria-label=\"Messages from the operators\">\n");
        foreach (var message in messages)
        {
            var until = message.Until is { } end ? $", until {UkTime.Short(end)}" : "";
            html.Append(CultureInfo.InvariantCulture, $"""
                <div class="message"><p dir="auto">{HtmlPage.Encode(message.Text)}</p>
                <p class="small soft">From the operators at {UkTime.Short(message.At)}{until}</p></div>

                """);
        }

        html.Append("</section>\n");
    }

    private static void AddBanner(StringBuilder html, StatusReport report)
    {
        var name = NameOf(report.State);
        html.Append(CultureInfo.InvariantCulture, $"""
            <section class="banner {name}" aria-labelledby="state">
            {Sign(name)}<div><h1 id="state">{Headline(report.State)}</h1><p>{Explanation(report)}</p></div></section>

            """);
    }

    private static void AddAge(StringBuilder html, StatusReport report, DateTimeOffset now, bool isFile)
    {
        html.Append(CultureInfo.InvariantCulture, $"""
            <p class="asof">As of <time datetime="{now.UtcDateTime:s}Z"><strong>{UkTime.Long(now)}</strong></time> (UK time).
            """);
        html.Append(isFile
            ? " The service writes this page every minute. If that time is more than 5 minutes ago, assume that the service is down."
            : " This page reloads every minute.");
        if (report.AgeSeconds >= 10) html.Append(CultureInfo.InvariantCulture, $" Its measurements are {report.AgeSeconds:0} seconds older.");
        html.Append("""
            </p>
            <div class="old"><p>This page was loaded more than 3 minutes ago and is out of date. Reload it.</p></div>

            """);
    }

    private static void AddCapabilities(StringBuilder html, StatusReport report)
    {
        html.Append("<h2 id=\"can\">What works</h2>\n<ul class=\"plain card can\" aria-labelledby=\"can\">\n");
        foreach (var capability in Capability.From(report))
        {
            var (word, name) = capability.State switch
            {
                CapabilityState.Working => ("Working", "ok"),
                CapabilityState.Limited => ("Limited", "degraded"),
                CapabilityState.Off => ("Switched off", "degraded"),
                CapabilityState.Failing => ("Not working", "down"),
                _ => ("Unknown", "unknown"),
            };
            html.Append(CultureInfo.InvariantCulture, $"""
                <li><span class="{name}">{Sign(name)}</span><strong>{HtmlPage.Encode(capability.Name)}</strong>
                <span class="word {name}">{word}</span><span class="soft">{HtmlPage.Encode(capability.Detail)}</span></li>

                """);
        }

        html.Append("</ul>\n");
        if (report.Mode is { Reason: { } reason })
        {
            var until = report.Mode.Until is { } end ? $" Expected back by {UkTime.Short(end)}." : "";
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"asof\">Switched off because: <bdi>{HtmlPage.Encode(reason)}</bdi>.{until}</p>\n");
        }
    }

    private static void AddCanary(StringBuilder html, CanaryStatus canary, DateTimeOffset now)
    {
        var seen = canary.LastSeen is { } at ? $"{Span((now - at).TotalSeconds)} ago" : "Not yet";
        html.Append(CultureInfo.InvariantCulture, $"""
            <h2>Test referrals</h2>
            <p class="asof soft">Every minute the service submits a test referral to itself, as a practice would, and waits for it to appear on a worklist.</p>
            <dl class="figures">
            <div><dt>Last test referral seen</dt>
            <dd>{seen}<span>{(canary.LastSeen is { } then ? $"at {UkTime.Short(then)}" : "none has arrived")}</span></dd></div>
            <div><dt>Time that it took</dt><dd>{Milliseconds(canary.AcceptToWorklistMs)}<span>from acceptance to the worklist</span></dd></div>
            <div><dt>95 in 100 took at most</dt><dd>{Milliseconds(canary.P95)}<span>in the last hour</span></dd></div>
            </dl>

            """);
    }

    private static void AddDay(StringBuilder html, CanaryHistory history, DateTimeOffset now)
    {
        html.Append("<h2>The last 24 hours</h2>\n");
        var day = history.Samples.Where(sample => now - sample.At <= CanaryHistory.Kept).ToArray();
        if (day.Length == 0)
        {
            html.Append("<p class=\"card soft\">Nothing has been measured yet.</p>\n");
            return;
        }

        var arrived = day.Select(sample => sample.Milliseconds).OfType<double>().Order().ToArray();
        var missing = day.Length - arrived.Length;
        var times = new StatusChart(day, now, sample => sample.Milliseconds / 1000, sample => sample.Milliseconds is null);
        var summary = $"{Number(arrived.Length)} of {Number(day.Length)} test referrals arrived. "
            + (arrived.Length == 0 ? "" : $"Half took at most {Milliseconds(arrived[(arrived.Length - 1) / 2])}, the slowest {Milliseconds(arrived[^1])}. ")
            + (missing == 0 ? "" : $"{Number(missing)} did not arrive or were not accepted (broken red columns). ")
            + (arrived.Length == 0 ? "" : $"The last was measured at {UkTime.Clock(day[^1].At)}.");
        AddFigure(
            html, "times", "Time until a test referral was on its worklist", summary, times, top => Span(top), [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
            now);

        var waiting = new StatusChart(day, now, sample => sample.Waiting, _ => false);
        if (waiting.Highest is not { } most) return;
        var longest = day.Max(sample => sample.OldestSeconds);
        var depth = $"At most {Number(most)} messages waited at once"
            + (longest is { } age ? $", the oldest of them for up to {Span(age)}." : ".");
        AddFigure(
            html, "waiting", "Messages waiting to be processed", depth, waiting, top => Number(top),
            [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000], now);
    }

    private static void AddFigure(
        StringBuilder html, string id, string title, string summary, StatusChart chart, Func<double, string> scale, double[] tops, DateTimeOffset now)
    {
        var top = Array.Find(tops, each => each >= (chart.Highest ?? 0));
        if (top == 0) top = tops[^1];
        html.Append(CultureInfo.InvariantCulture, $"""
            <figure class="card"><figcaption id="{id}"><strong>{title}</strong><span class="small soft">{HtmlPage.Encode(summary)}</span></figcaption>
            <div class="axis" aria-hidden="true"><span>{scale(top)}</span></div>
            {chart.Svg(top, id)}
            <div class="axis" aria-hidden="true">
            """);
        for (var hours = 24; hours >= 0; hours -= 6) html.Append(CultureInfo.InvariantCulture, $"<span>{UkTime.Clock(now.AddHours(-hours))}</span>");
        html.Append("</div></figure>\n");
    }

    private static void AddDetails(StringBuilder html, StatusReport report, CanaryHistory history, DateTimeOffset now)
    {
        html.Append("<h2>For technical staff</h2>\n<div class=\"card\">\n");
        Table(html, "Components", ["Component", "State", "Details"], report.Components.Select(component =>
            new[] { component.Name, component.State == ComponentState.Ok ? "OK" : "Fails", component.Detail }), numbersFrom: 3);
        Table(html, "Queues", ["Queue", "Waiting", "Oldest", "Dead letters"], report.Queues.Select(queue =>
            new[] { queue.Name, Number(queue.Active), queue.Active == 0 ? "none" : Span(queue.OldestAgeSeconds), Number(queue.DeadLetters) }), numbersFrom: 1);
        var facts = new List<string[]>();
        if (report.Quarantine is { } quarantine) facts.Add(["Dead letters that wait for an operator", Number(quarantine.Waiting)]);
        if (report.Snapshots is { } snapshots)
        {
            facts.Add(["Worklists with a copy", Number(snapshots.Lists)]);
            facts.Add(["Newest copy", snapshots.LastWritten is { } at ? $"{Span((now - at).TotalSeconds)} ago" : "none"]);
            facts.Add(["Copy that is furthest behind", Span(snapshots.OldestBehindSeconds)]);
        }

        if (report.Reconciler is { } reconciler)
        {
            facts.Add(["Last comparison of accepted referrals with worklists", $"{Span((now - reconciler.LastRun).TotalSeconds)} ago"]);
            facts.Add(["Compared, repaired, missing", $"{Number(reconciler.Compared)}, {Number(reconciler.Repaired)}, {Number(reconciler.Missing)}"]);
        }

        if (report.SafetyNet is { } waiting)
        {
            facts.Add(["Urgent suspected cancer, not reviewed in time", Number(waiting.TwoWeekWaitNotReviewed)]);
            facts.Add(["Urgent, not reviewed in time", Number(waiting.UrgentNotReviewed)]);
            facts.Add(["Routine, not reviewed in time", Number(waiting.RoutineNotReviewed)]);
            facts.Add(["Letters overdue", Number(waiting.LettersOverdue)]);
            facts.Add(["Not booked in time", Number(waiting.NotBooked)]);
            facts.Add(["Appointments past, outcome not recorded in time", Number(waiting.WithoutOutcome)]);
            facts.Add(["Files not scanned in time", Number(waiting.FilesNotScanned)]);
            facts.Add(["Sent back to the practice, not acted on in time", Number(waiting.NotActedOn)]);
        }

        if (facts.Count > 0) Table(html, "Safeguards", ["What", "Figure"], facts, numbersFrom: 1);
        Table(html, "The last 24 hours as a table", ["Hour from", "Test referrals", "Arrived", "Slowest", "Most waiting"], Hours(history, now), numbersFrom: 1);
        html.Append("</div>\n");
    }

    private static IEnumerable<string[]> Hours(CanaryHistory history, DateTimeOffset now) => history.Samples
        .Where(sample => now - sample.At <= CanaryHistory.Kept)
        .GroupBy(sample => sample.At.UtcTicks / TimeSpan.TicksPerHour)
        .OrderByDescending(hour => hour.Key)
        .Select(hour => new[]
        {
            UkTime.Short(new DateTimeOffset(hour.Key * TimeSpan.TicksPerHour, TimeSpan.Zero)),
            Number(hour.Count()),
            Number(hour.Count(sample => sample.Milliseconds is not null)),
            Milliseconds(hour.Max(sample => sample.Milliseconds)),
            Number(hour.Max(sample => sample.Waiting)),
        });

    private static void Table(StringBuilder html, string title, string[] heads, IEnumerable<string[]> rows, int numbersFrom)
    {
        html.Append(CultureInfo.InvariantCulture, $"<details><summary>{title}</summary><div class=\"scroll\"><table><thead><tr>");
        for (var column = 0; column < heads.Length; column++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\"{Number(column)}>{heads[column]}</th>");
        }

        html.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{HtmlPage.Encode(row[0])}</th>");
            for (var column = 1; column < row.Length; column++)
            {
                html.Append(CultureInfo.InvariantCulture, $"<td{Number(column)}>{HtmlPage.Encode(row[column])}</td>");
            }

            html.Append("</tr>\n");
        }

        html.Append("</tbody></table></div></details>\n");

        string Number(int column) => column >= numbersFrom ? " class=\"number\"" : "";
    }

    private static void AddFooter(StringBuilder html, bool isFile) => html.Append(CultureInfo.InvariantCulture, $"""
        <footer class="wide small soft">
        <p>The same as JSON: {(isFile ? "<a href=\"status.json\">status.json</a>" : "<a href=\"/v1/status\">/v1/status</a>")}.
        The test referrals concern no patient and no hospital.{(isFile ? "" : Links)}</p>
        </footer>

        """);

    private static string Headline(OverallState state) => state switch
    {
        OverallState.Ok => "Everything works",
        OverallState.Degraded => "Works, with limits",
        _ => "Not working",
    };

    private static string NameOf(OverallState state) => state switch
    {
        OverallState.Ok => "ok",
        OverallState.Degraded => "degraded",
        _ => "down",
    };

    private static string Explanation(StatusReport report) => report.State switch
    {
        OverallState.Ok => "Referrals are accepted, they reach their worklists, and worklists can be read.",
        OverallState.Degraded => "Referrals are accepted and worklists can be read. The operators know that something needs attention.",
        _ =>
            "Use your contingency arrangements. Referrals that were accepted are safe. For urgent and two-week-wait referrals, telephone the service you refer "
                + "to.",
    };

    // Each state has its own shape, so that it is recognisable without colour. The state is also written beside it.
    private static string Sign(string name)
    {
        var shape = name switch
        {
            "ok" => """<circle cx="12" cy="12" r="10" /><path d="M7 12.5l3.5 3.5L17 9" />""",
            "degraded" => """<path d="M12 3L22.5 21h-21z" /><path d="M12 10v5M12 17.5v0.5" />""",
            "down" => """<path d="M8 2h8l6 6v8l-6 6h-8l-6-6v-8z" /><path d="M8.5 8.5l7 7M15.5 8.5l-7 7" />""",
            _ => """<circle cx="12" cy="12" r="10" stroke-dasharray="3 3" /><path d="M8 12h8" />""",
        };
        const string Stroke = "stroke=\"currentColor\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke-linecap=\"round\"";
        return $"""<svg viewBox="0 0 24 24" aria-hidden="true" fill="none" {Stroke}>{shape}</svg>""";
    }

    private static string Milliseconds(double? milliseconds) => Span(milliseconds / 1000);

    private static string Span(double? seconds) => seconds switch
    {
        null => "not known",
        < 0.95 => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, seconds.Value):0.##} s"),
        < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s"),
        < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} h"),
    };

    private static string Number(double? number) => number is { } known ? known.ToString("#,0", CultureInfo.InvariantCulture) : "not known";
}
