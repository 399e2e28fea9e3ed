using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Booking;

/// <summary>Writes one page of free slots, and the schedules that they are in.</summary>
internal static class SlotBundle
{
    public static JsonObject From(HttpRequestData request, SlotPage page, bool withSchedules, DateTimeOffset now)
    {
        var baseUrl = $"{ErsBase.Of(request)}/STU3";
        var entries = page.Slots.Select(slot => FhirBundle.Entry(Slot(slot), baseUrl));
        if (withSchedules)
        {
            var schedules = page.Slots.DistinctBy(ScheduleOf).Select(slot => Schedule(slot, page.IsOfClinician));
            entries = entries.Concat(schedules.Select(schedule => FhirBundle.Entry(schedule, baseUrl, "include")));
        }

        return FhirBundle.Stu3(now, Links(request, page, baseUrl), entries, page.Total);
    }

    private static IEnumerable<JsonObject> Links(HttpRequestData request, SlotPage page, string baseUrl)
    {
        yield return Link("self", page.Number);
        if (page.Number > 1) yield return Link("previous", page.Number - 1);
        if ((long)page.Number * page.Size < page.Total) yield return Link("next", page.Number + 1);

        JsonObject Link(string relation, int number) => FhirBundle.Link(relation, $"{baseUrl}/Slot?{string.Join('&', QueryOf(request, number))}");
    }

    private static IEnumerable<string> QueryOf(HttpRequestData request, int page)
    {
        var number = page.ToString(CultureInfo.InvariantCulture);
        return request.Query.AllKeys.Select(key =>
            $"{Uri.EscapeDataString(key!)}={(key == "page" ? number : Uri.EscapeDataString(request.Query[key]!))}");
    }

    private static JsonObject Slot(Slot slot) => new()
    {
        ["id"] = slot.Name.Id,
        ["meta"] = FhirNodes.Meta(ErsUrls.CareConnectSlot),
        ["resourceType"] = "Slot",
        ["identifier"] = new JsonArray(FhirNodes.Identifier(ErsUrls.AlternativeSlot, $"USRN-{slot.Name.Id}")),
        ["schedule"] = FhirNodes.Reference($"Schedule/{ScheduleOf(slot)}"),
        ["status"] = "free",
        ["start"] = InstantConverter.TextOf(slot.Start),
        ["end"] = InstantConverter.TextOf(slot.End),
    };

    // e-RS names the clinician as an actor only in a search for one. The id of the schedule always has both.
    private static JsonObject Schedule(Slot slot, bool withClinician)
    {
        var actors = new JsonArray(FhirNodes.Logical(ErsUrls.Service, slot.Name.Service));
        if (withClinician && slot.Clinician is { } clinician) actors.Add((JsonNode)FhirNodes.Logical(ErsUrls.User, clinician));
        return new JsonObject
        {
            ["id"] = ScheduleOf(slot),
            ["meta"] = FhirNodes.Meta(ErsUrls.CareConnectSchedule),
            ["resourceType"] = "Schedule",
            ["identifier"] = new JsonArray(FhirNodes.Identifier(ErsUrls.Schedule, ScheduleOf(slot))),
            ["actor"] = actors,
        };
    }

    private static string ScheduleOf(Slot slot) => slot.Clinician is null ? slot.Name.Service : $"{slot.Name.Service}-{slot.Clinician}";
}

/// <param name="Total">Of all pages.</param>
/// <param name="Number">1 for the first page.</param>
/// <param name="Size">The most slots of a page.</param>
/// <param name="IsOfClinician">The search asked for the slots of one clinician.</param>
internal sealed record SlotPage(IReadOnlyList<Slot> Slots, int Total, int Number, int Size, bool IsOfClinician);
