using System.Text.Json;
using EReferrals.Ers.Fhir;
using EReferrals.Lifecycle.Commands;
using EReferrals.Referrals;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Booking;

/// <summary>Reads the body of A016. Pure; reports all problems at once.</summary>
internal static class BookingReader
{
    private const string Triage = "TRIAGE";

    /// <summary>Returns null when there are errors.</summary>
    /// <param name="referral">The referral and version that the body names, also when other parts are wrong; null when it names none.</param>
    public static NewBooking? Read(JsonElement body, string baseUrl, FhirErrors errors, out ReferralVersion? referral)
    {
        var appointment = new FhirElement(body, "", errors);
        referral = ReadReferral(appointment, baseUrl);
        if (!appointment.IsResource("Appointment", ErsUrls.Profile("eRS-Appointment-1"))) return null;
        var status = appointment.Text("status", required: true);
        if (status is not (null or "booked" or "proposed")) errors.Invalid("status", "must be booked or proposed.");
        var isBooking = status == "booked";
        var slot = ReadSlot(appointment, baseUrl, isBooking);
        // A deferral may say when the slot was; only a booking needs it.
        var start = isBooking || appointment.Has("start") ? appointment.Instant("start", "start") : null;
        var end = isBooking || appointment.Has("end") ? appointment.Instant("end", "end") : null;
        var reason = status == "proposed" ? ReadReason(appointment) : null;
        var comment = appointment.Has("comment") ? appointment.Comment("comment", CommandLimits.Comments) : null;
        var participants = ReadParticipants(appointment);
        appointment.Ignore(JsonValueKind.String, "description", "created");
        appointment.Ignore(JsonValueKind.Number, "minutesDuration");
        appointment.Ignore(JsonValueKind.Array, "reason");
        appointment.RefuseOthers();
        var isTriage = reason == Triage;
        DeferralReason? deferral = Code.TryParse<DeferralReason>(reason, out var known) ? known : null;
        if (reason is not null && !isTriage && deferral is null) errors.UnknownCode("reason", reason);
        if (deferral == DeferralReason.SlotNotAvailable && slot is null) errors.Missing("slot");
        if (isTriage && slot is not null) errors.Add("INAPPROPRIATE_VALUE", "'slot' is not allowed when a referral is sent for triage.");
        return errors.Any || referral is null || participants.Service is null
            ? null
            : new NewBooking(
                referral.Value, participants.Service, participants.Patient!, participants.Clinician, slot, start, end, isTriage, deferral, comment);
    }

    private static ReferralVersion? ReadReferral(FhirElement appointment, string baseUrl)
    {
        const string name = "incomingReferral";
        var references = appointment.Objects(name, required: true);
        if (references.Count == 0) return null;
        var reference = references.Count == 1 ? references[0].Text("reference", required: true) : null;
        references[0].Ignore(JsonValueKind.String, "display");
        foreach (var one in references) one.RefuseOthers();
        if (reference is not null && ReferralVersion.From(ErsUrls.Relative(reference, baseUrl)) is { } version) return version;
        if (references.Count > 1 || reference is not null) appointment.Errors.Invalid(name, "must be one ReferralRequest/{ubrn}/_history/{version}.");
        return null;
    }

    private static string? ReadSlot(FhirElement appointment, string baseUrl, bool required)
    {
        var slots = appointment.Objects("slot", required);
        if (slots.Count == 0) return null;
        var reference = slots[0].Text("reference", required: true);
        slots[0].Ignore(JsonValueKind.String, "display");
        foreach (var one in slots) one.RefuseOthers();
        const string prefix = "Slot/";
        var relative = reference is null ? "" : ErsUrls.Relative(reference, baseUrl);
        var id = relative.StartsWith(prefix, StringComparison.Ordinal) ? relative[prefix.Length..] : "";
        if (slots.Count == 1 && SlotName.IsId(id)) return id;
        if (slots.Count > 1 || reference is not null) appointment.Errors.Invalid("slot", "must be one Slot/{id}.");
        return null;
    }

    private static string? ReadReason(FhirElement appointment)
    {
        var reasons = appointment.Objects("reason", required: true);
        if (reasons.Count == 1) return reasons[0].CodeOfConcept("reason", url => url == ErsUrls.CodeSystem("eRS-ReviewReason-1"));
        if (reasons.Count > 1) appointment.Errors.Invalid("reason", "must be given only once.");
        return null;
    }

    private static (string? Service, string? Patient, string? Clinician) ReadParticipants(FhirElement appointment)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var participant in appointment.Objects("participant", required: true))
        {
            // NHS e-RS writes the type as an array or as one object.
            participant.IgnoreAny("type");
            participant.Ignore(JsonValueKind.String, "status", "required");
            var actor = participant.Object("actor", required: true);
            participant.RefuseOthers();
            actor?.Ignore(JsonValueKind.String, "display");
            if (actor?.Object("identifier", required: true) is not { } identifier) continue;
            actor.RefuseOthers();
            var (system, value) = identifier.SystemAndValue();
            if (system is null || value is null) continue;
            if (system is not (ErsUrls.Service or ErsUrls.NhsNumber or ErsUrls.User)) appointment.Errors.Invalid(identifier.PathOf("system"), "is unknown.");
            else if (!found.TryAdd(system, value)) appointment.Errors.Invalid(identifier.Path, "is a second participant of its kind.");
        }

        var service = Valid(ErsUrls.Service, "participant/service", Identifiers.IsServiceReference);
        var patient = Valid(ErsUrls.NhsNumber, "participant/patient", text => text.Length == 10 && NhsNumber.TryParse(text, out _));
        var clinician = found.ContainsKey(ErsUrls.User) ? Valid(ErsUrls.User, "participant/clinician", text => Identifiers.IsUserId(text)) : null;
        return (service, patient, clinician);

        string? Valid(string system, string name, Func<string, bool> isValid)
        {
            if (!found.TryGetValue(system, out var value)) appointment.Errors.Missing(name);
            else if (isValid(value)) return value;
            // The value may be a mistyped NHS number, so it is not repeated.
            else appointment.Errors.Invalid(name, "is invalid.");
            return null;
        }
    }
}

/// <param name="Slot">The id of the slot to book, or of the one that could not be booked; null for none.</param>
/// <param name="Start">As the caller gives it, like <paramref name="End"/>; not null when a slot is to be booked.</param>
/// <param name="IsTriage">The referral is sent for triage.</param>
/// <param name="Deferral">Why the provider must arrange the appointment; null when it need not.</param>
internal sealed record NewBooking(
    ReferralVersion Referral,
    string Service,
    string Patient,
    string? Clinician,
    string? Slot,
    DateTimeOffset? Start,
    DateTimeOffset? End,
    bool IsTriage,
    DeferralReason? Deferral,
    string? Comment)
{
    // The generated ToString would print the NHS number.
    public override string ToString() => $"Booking for {Referral.Ubrn}";
}
