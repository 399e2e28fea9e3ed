using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.Processes;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>64 clients book 10 slots at once, in rounds. In each tenth round the app is killed meanwhile, and the clients repeat their requests.</summary>
internal sealed class SlotRace : IScenario
{
    public const int Number = 11;

    private const int Clients = 64;
    private const int Slots = 10;
    private const string Service = "809000";

    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMinutes(2);

    public string Name => "Slots: 64 clients book 10 slots at once";

    public async Task MeasureAsync(Bench bench)
    {
        var rounds = bench.Options.Full || bench.Options.Scenarios.Contains(Number) ? 100 : 20;
        var app = await bench.ColdAppAsync();
        await DefineAsync(app);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => ShortlistedAsync(app, client)));
        var faults = new List<string>();
        var (booked, refused, kills) = (0, 0, 0);
        var latencies = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            Progress.Now(string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {rounds}"));
            await PublishAsync(app, round);
            var isKilled = round % 10 == 9;
            var race = Task.WhenAll(clients.Select((client, index) => BookAsync(app, client, SlotOf(round, index % Slots))));
            if (isKilled)
            {
                kills++;
                await Task.Delay(Random.Shared.Next(1, 150));
                await app.KillAsync(ProcessRole.App);
                await app.ReadyAgainAsync();
            }

            var results = await race;
            if (!isKilled) latencies.AddRange(results.Select(result => result.Milliseconds));
            booked += results.Count(result => result.Status == HttpStatusCode.OK);
            refused += results.Count(result => result.Status == HttpStatusCode.Conflict);
            faults.AddRange(await FaultsAsync(app, round, clients, results));
            foreach (var client in clients.Where((_, index) => results[index].Status == HttpStatusCode.OK)) await CancelAsync(app, client);
        }

        latencies.Sort();
        bench.Report.Add("answer to a booking while 64 book, p50", latencies[latencies.Count / 2], "ms");
        bench.Report.Add("answer to a booking while 64 book, p99", latencies[latencies.Count * 99 / 100], "ms");
        bench.Report.Invariant(
            "In every round each slot is in exactly one referral, and the slots agree with the referrals",
            faults.Count == 0 && booked == rounds * Slots && refused == rounds * (Clients - Slots),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{rounds} rounds, {kills} with a kill: {booked} booked, {refused} refused; {string.Join("; ", faults.Take(5))}"));
    }

    private static async Task DefineAsync(MeasuredApp app)
    {
        using var response = await app.SendAsync(
            HttpMethod.Put, $"/v1/services/{Service}", await app.Callers.DefinerAsync(Callers.Hospital),
            $$"""
            {"name":"Clinic with slots","provider":"{{Callers.Hospital}}","specialty":"CARDIOLOGY","priorities":["ROUTINE"],
             "requestTypes":["APPOINTMENT_REQUEST"],"bookable":"DIRECTLY_BOOKABLE"}
            """);
    }

    // A referral to a clinic is deferred to the provider until the practice chooses a slot itself.
    private static async Task<Client> ShortlistedAsync(MeasuredApp app, int number)
    {
        var body = $$"""
            {"patient":{"nhsNumber":"{{InventedNhsNumbers.Next()}}","familyName":"Jones"},"service":"{{Service}}","priority":"ROUTINE",
             "reason":"Client {{number}}","letter":"NOT_INTENDING_TO_ADD"}
            """;
        using var submitted = await app.SendAsync(HttpMethod.Post, "/v1/referrals", await app.Callers.ReferrerAsync(), body);
        using var accepted = JsonDocument.Parse(await submitted.Content.ReadAsByteArrayAsync());
        var client = new Client(accepted.RootElement.GetProperty("ubrn").GetString()!);
        var address = $"/v1/referrals/{client.Ubrn}";
        while ((await AskAsync(app, HttpMethod.Get, address, client, body: null, key: null)).Status != HttpStatusCode.OK) await Task.Delay(50);
        await ChangeAsync(app, client, "shortlist", $$"""{"shortlist":["{{Service}}"],"priority":"ROUTINE","letter":"NOT_INTENDING_TO_ADD"}""");
        return client;
    }

    private static async Task PublishAsync(MeasuredApp app, int round)
    {
        var start = DateTime.UtcNow.Date.AddDays(7 + round).AddHours(9);
        var slots = Enumerable.Range(0, Slots).Select(slot => (Id: SlotOf(round, slot), Start: start.AddMinutes(20 * slot))).Select(slot =>
            $$"""{"id":"{{slot.Id}}","start":"{{Text(slot.Start)}}","end":"{{Text(slot.Start.AddMinutes(20))}}","priority":"ROUTINE"}""");
        using var response = await app.SendAsync(
            HttpMethod.Put, $"/v1/services/{Service}/slots", await app.Callers.DefinerAsync(Callers.Hospital), $$"""{"slots":[{{string.Join(',', slots)}}]}""");

        static string Text(DateTime instant) => instant.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    private static Task<Result> BookAsync(MeasuredApp app, Client client, string slot) => ChangeAsync(app, client, "book", $$"""{"slot":"{{slot}}"}""");

    private static async Task CancelAsync(MeasuredApp app, Client client)
    {
        var result = await ChangeAsync(app, client, "appointment/cancel", """{"reason":"PATIENT_ILL"}""");
        if (result.Status == HttpStatusCode.OK) return;
        throw new InvalidOperationException($"The appointment of {client.Ubrn} could not be cancelled: {result.Status}.");
    }

    // Repeats the request with the same key until it has a definite answer, as a client must.
    private static async Task<Result> ChangeAsync(MeasuredApp app, Client client, string command, string body)
    {
        var (clock, key) = (Stopwatch.StartNew(), Guid.NewGuid().ToString());
        while (true)
        {
            var result = await AskAsync(app, HttpMethod.Post, $"/v1/referrals/{client.Ubrn}/{command}", client, body, key);
            if (result.Status is not (0 or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway
                or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout))
            {
                return result with { Milliseconds = clock.Elapsed.TotalMilliseconds };
            }

            if (clock.Elapsed > AnswerWithin) throw new InvalidOperationException($"{command} of {client.Ubrn} had no definite answer: {result.Status}.");
            await Task.Delay(100);
        }
    }

    private static async Task<Result> AskAsync(MeasuredApp app, HttpMethod method, string path, Client client, string? body, string? key)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in await app.Callers.ReferrerAsync()) request.Headers.TryAddWithoutValidation(name, value);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        if (body is not null) request.Headers.TryAddWithoutValidation("If-Match", client.Tag);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        try
        {
            using var response = await app.Http.SendAsync(request);
            if (response.StatusCode == HttpStatusCode.OK) client.Tag = response.Headers.ETag!.ToString();
            return new Result(response.StatusCode, 0);
        }
        catch (HttpRequestException)
        {
            // The app was killed.
            return new Result(0, 0);
        }
    }

    private static async Task<IReadOnlyList<string>> FaultsAsync(MeasuredApp app, int round, IReadOnlyList<Client> clients, IReadOnlyList<Result> results)
    {
        var day = DateTime.UtcNow.Date.AddDays(7 + round).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        using var page = await app.GetAsync(
            $"/v1/services/{Service}/slots?from={day}T00:00:00Z&to={day}T23:59:59Z", await app.Callers.DefinerAsync(Callers.Hospital));
        var taken = page.RootElement.GetProperty("slots").EnumerateArray()
            .Select(slot => $"{slot.GetProperty("id")} {(slot.TryGetProperty("ubrn", out var ubrn) ? ubrn : slot.GetProperty("status"))}")
            .Order()
            .ToArray();
        var expected = clients.Select((client, index) => (client.Ubrn, Slot: SlotOf(round, index % Slots), results[index].Status))
            .Where(one => one.Status == HttpStatusCode.OK).Select(one => $"{one.Slot} {one.Ubrn}").Order().ToArray();
        if (taken.SequenceEqual(expected)) return [];
        return [$"round {round + 1}: {string.Join(", ", taken.Except(expected))} instead of {string.Join(", ", expected.Except(taken))}"];
    }

    private static string SlotOf(int round, int slot) => string.Create(CultureInfo.InvariantCulture, $"r{round}-{slot}");

    private sealed class Client(string ubrn)
    {
        public string Ubrn { get; } = ubrn;

        public string Tag { get; set; } = "W/\"1\"";
    }

    /// <param name="Status">0 when there was no answer.</param>
    private sealed record Result(HttpStatusCode Status, double Milliseconds);
}
