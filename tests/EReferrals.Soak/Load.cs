using System.Text.Json.Nodes;
using EReferrals.Tests.Journeys;

namespace EReferrals.Soak;

/// <summary>
/// Practices that refer and hospitals that follow their lists and decide. As real systems do, they repeat a request with the same key until it gets a
/// response.
/// </summary>
internal static class Load
{
    private const int Practices = 4;

    private static readonly TimeSpan BetweenReferrals = TimeSpan.FromMilliseconds(120);
    private static readonly TimeSpan BetweenPolls = TimeSpan.FromMilliseconds(500);

    public static Task Start(SoakApp app, Hospitals hospitals, Ledger ledger, CancellationToken end) => Task.WhenAll(
    [
        .. Enumerable.Range(0, Practices).Select(number => ReferAsync(app, ledger, number, end)),
        .. hospitals.All.Select(hospital => DecideAsync(hospital, ledger, end)),
    ]);

    private static async Task ReferAsync(SoakApp app, Ledger ledger, int practice, CancellationToken end)
    {
        using var caller = Caller.Practice(app, ledger);
        for (var number = 0; !end.IsCancellationRequested; number++)
        {
            var key = $"{practice}-{number}";
            ledger.Submissions[key] = null;
            var service = Hospitals.Known[number % Hospitals.Known.Length].Service;
            // Every eighth submission is repeated after its 202, as by a system that lost the response.
            // Another eighth is for a patient who was referred to the same service just before.
            var patient = InventedPatient.NhsNumber(number % 8 == 7 ? $"{practice}-{number - Hospitals.Known.Length}" : key);
            for (var repeats = number % 8 == 0 ? 2 : 1; repeats > 0; repeats--) await SubmitAsync(caller, ledger, key, service, patient);
            await Task.Delay(BetweenReferrals, CancellationToken.None);
        }
    }

    private static async Task SubmitAsync(Caller caller, Ledger ledger, string key, string service, string patient)
    {
        var answer = await caller.SendAsync(HttpMethod.Post, "/v1/referrals", Submission(key, service, patient), ("Idempotency-Key", key));
        if (answer.Status == 202) ledger.Accepted(key, answer.Json["ubrn"]!.GetValue<string>());
        else ledger.Unexpected($"A submission returned {answer.Status}: {answer.Body}");
    }

    private static JsonObject Submission(string key, string service, string patient) => new()
    {
        ["patient"] = new JsonObject { ["nhsNumber"] = patient, ["familyName"] = "Soak", ["givenName"] = "Invented" },
        ["service"] = service,
        ["priority"] = (key[^1] % 3) switch { 0 => "URGENT", 1 => "TWO_WEEK_WAIT", _ => "ROUTINE" },
        ["reason"] = $"soak {key}",
        ["letter"] = "NOT_INTENDING_TO_ADD",
    };

    // Reads its list, follows the changes, and decides on most referrals that it finds.
    private static async Task DecideAsync(Hospital hospital, Ledger ledger, CancellationToken end)
    {
        var seen = new HashSet<string>();
        while (!end.IsCancellationRequested)
        {
            await hospital.ForReview.FollowAsync();
            foreach (var ubrn in hospital.ForReview.Ubrns.Where(seen.Add).ToArray())
            {
                if (end.IsCancellationRequested) break;
                await DecideAsync(hospital.Caller, ledger, ubrn, seen.Count);
            }

            await Task.Delay(BetweenPolls, CancellationToken.None);
        }
    }

    private static async Task DecideAsync(Caller caller, Ledger ledger, string ubrn, int number)
    {
        switch (number % 5)
        {
            case 0:
                await CommandAsync(caller, ledger, ubrn, "accept", "ACCEPTED", new JsonObject { ["comments"] = "Soak" });
                break;
            case 1:
                await CommandAsync(caller, ledger, ubrn, "return", "RETURNED", new JsonObject { ["comments"] = "Soak" });
                break;
            case 2:
                if (await CommandAsync(caller, ledger, ubrn, "accept", "ACCEPTED", [])) await BookAsync(caller, ledger, ubrn);
                break;
            case 3:
                await CommandAsync(caller, ledger, ubrn, "cancel", "CANCELLED", new JsonObject { ["reason"] = CancelReason, ["comments"] = "Soak" });
                break;
            default:
                // The remaining referrals stay on the review list.
                break;
        }
    }

    private const string CancelReason = "TREATMENT_NO_LONGER_REQUIRED";

    private static Task<bool> BookAsync(Caller caller, Ledger ledger, string ubrn) => CommandAsync(
        caller, ledger, ubrn, "book", "BOOKED", Appointment());

    private static async Task<bool> CommandAsync(Caller caller, Ledger ledger, string ubrn, string path, string what, JsonObject body)
    {
        var read = await caller.GetAsync($"/v1/referrals/{ubrn}");
        if (read.Status != 200)
        {
            ledger.Unexpected($"Reading a listed referral returned {read.Status}: {read.Body}");
            return false;
        }

        var answer = await caller.SendAsync(
            HttpMethod.Post, $"/v1/referrals/{ubrn}/{path}", body, ("If-Match", read.Tag!), ("Idempotency-Key", $"{ubrn}-{path}"));
        if (answer.Status != 200)
        {
            ledger.Unexpected($"{path} returned {answer.Status}: {answer.Body}");
            return false;
        }

        ledger.Commands.Add(new CommandDone(ubrn, what, answer.Json["version"]!.GetValue<int>()));
        return true;
    }

    private static JsonObject Appointment()
    {
        var start = DateTimeOffset.UtcNow.Date.AddDays(60).AddHours(9);
        return new JsonObject { ["start"] = $"{start:yyyy-MM-dd'T'HH:mm:ss}Z", ["end"] = $"{start.AddMinutes(20):yyyy-MM-dd'T'HH:mm:ss}Z" };
    }
}
