using EReferrals.Http.Requests;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Slots;

/// <summary>Reads the body of an upload of slots.</summary>
internal static class SlotBatch
{
    public const int MaxSlots = 1_000;

    /// <summary>Bytes: 1,000 rows with the longest values.</summary>
    public const int BodyLimit = 256 * 1024;

    /// <summary>Returns the slots in the order of their rows. Adds all errors to the fields; the slots are then incomplete.</summary>
    public static IReadOnlyList<Slot> Read(JsonFields fields, string service, Present present)
    {
        var slots = new List<Slot>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var occurrences = new Dictionary<(DateTimeOffset, DateTimeOffset, Priority, string?), int>();
        foreach (var row in fields.Objects("slots", MaxSlots))
        {
            if (Read(row, service, present, occurrences) is not { } slot) continue;
            if (ids.Add(slot.Name.Id)) slots.Add(slot);
            else row.Add("id", "INVALID_VALUE", $"Another row has the id {slot.Name.Id}.");
        }

        fields.RefuseOthers();
        return slots;
    }

    private static Slot? Read(
        JsonFields row, string service, Present present, Dictionary<(DateTimeOffset, DateTimeOffset, Priority, string?), int> occurrences)
    {
        var id = row.Text("id", SlotName.MaxLength, SlotName.IsId, SlotName.Form);
        var start = row.Instant("start", PlausibleRange.AppointmentStart, present, required: true);
        var end = row.Instant("end", PlausibleRange.AppointmentEnd, Present.At(start), required: true);
        if (end == start && start is not null) row.Add("end", "INVALID_VALUE", "'end' must be later than 'start'.");
        var priority = row.Code<Priority>("priority", required: true);
        var clinician = row.Text("clinician", 64, text => Identifiers.IsUserId(text), "a user id of 12 digits");
        row.RefuseOthers();
        if (start is not { } from || end is not { } to || priority is not { } suits) return null;
        var values = (from, to, suits, clinician);
        if (id is null) occurrences[values] = occurrences.GetValueOrDefault(values) + 1;
        return new Slot(
            new SlotName(service, id ?? SlotIds.Create(service, from, to, suits, clinician, occurrences[values] - 1)), from, to, suits, clinician);
    }
}
