using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Referrals;
using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Resources;

/// <summary>Writes the appointment of a referral, on its own or contained in the referral.</summary>
internal static class AppointmentResource
{
    /// <summary>Whether e-RS shows the record.</summary>
    public static bool IsShown(AppointmentRecord? record) => record is { Status: not AppointmentStatus.Dropped };

    /// <param name="id">Its own id, or <c>appointment</c> when it is contained.</param>
    public static JsonObject From(Referral referral, AppointmentRecord record, string id, string baseUrl)
    {
        var appointment = new JsonObject
        {
            ["id"] = id,
            ["meta"] = FhirNodes.VersionedMeta(record.Version, ErsUrls.Profile("eRS-Appointment-1"), ErsUrls.CareConnectAppointment),
            ["resourceType"] = "Appointment",
            ["language"] = "en",
            ["status"] = Code.From(record.Status).ToLowerInvariant(),
        };
        if (record.Reason is { } reason)
        {
            appointment["reason"] = new JsonArray(FhirNodes.Concept(ReasonCodings.OfRecord(record, reason, baseUrl)));
        }

        appointment["description"] = "e-Referral Appointment";
        if (record.Status == AppointmentStatus.Booked && referral.Appointment is { } booked)
        {
            appointment["start"] = InstantConverter.TextOf(booked.Start);
            appointment["end"] = InstantConverter.TextOf(booked.End);
            if (booked.Slot is { } slot) appointment["slot"] = new JsonArray(FhirNodes.Reference($"Slot/{slot}"));
        }

        appointment["created"] = InstantConverter.TextOf(record.Created);
        if (record.Comments is { } comments) appointment["comment"] = comments;
        appointment["incomingReferral"] = new JsonArray(FhirNodes.Reference(ReferralRequestResource.VersionedReference(referral)));
        appointment["participant"] = Participants(referral, record);
        return appointment;
    }

    private static JsonArray Participants(Referral referral, AppointmentRecord record)
    {
        var participants = new JsonArray
        {
            Participant(FhirNodes.Logical(ErsUrls.Service, referral.Service.Id, referral.Service.Name)),
            Participant(FhirNodes.Logical(ErsUrls.NhsNumber, referral.Patient.NhsNumber.Reveal())),
        };
        if (record.Clinician is { } clinician)
        {
            var participant = new JsonObject { ["type"] = FhirNodes.Concept(FhirNodes.Coding(ErsUrls.ParticipantType, "CON")) };
            participant["actor"] = FhirNodes.Logical(ErsUrls.User, clinician);
            participant["status"] = "accepted";
            participants.Add((JsonNode)participant);
        }

        return participants;
    }

    private static JsonObject Participant(JsonObject actor) => new JsonObject { ["actor"] = actor, ["status"] = "accepted" };
}
