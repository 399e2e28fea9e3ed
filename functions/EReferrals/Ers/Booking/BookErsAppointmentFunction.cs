using System.Net;
using EReferrals.Ers.Commands;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Outcomes;
using EReferrals.Ers.Reading;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Lifecycle;
using EReferrals.Referrals;
using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Slots;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Booking;

/// <summary>A016: books a slot, defers the booking to the provider, or sends the referral for triage. The version of the referral is in the body.</summary>
public sealed class BookErsAppointmentFunction(
    ErsCommands commands, ErsReferrals referrals, ServiceDirectory services, SlotReservations slots)
{
    private static readonly ErsNames Names = new(("/service", "participant/service"), ("/slot", "slot"), ("/reason", "reason"), ("/comments", "comment"));

    private static Problem Unknown { get; } =
        Problem.NotAcceptable(new FieldError("", "REFERENCE_NOT_FOUND", "'incomingReferral' names a referral that does not exist."));

    [Function(nameof(BookErsAppointmentFunction))]
    [Ers("A016")]
    public async Task<HttpResponseData> BookAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/FHIR/STU3/Appointment")] HttpRequestData request,
        CancellationToken cancellationToken)
    {
        if (!(await FhirRequest.ReadKeyedBodyAsync(request, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        using (body)
        {
            var errors = new FhirErrors();
            var booking = BookingReader.Read(body.Root, ErsBase.Of(request), errors, out var named);
            var referral = named is { } version ? await referrals.FindAnyAsync(version.Ubrn, cancellationToken) : null;
            if (named is not null && referral is null) return await request.RespondAsync(Unknown, cancellationToken);
            if (referral is not null) request.FunctionContext.SetReferral(referral.Ubrn);
            var isCurrent = referral is null || referral.Version == named!.Value.Version;
            // A version that does not exist yet may exist when the change reads the referral again, and nobody would have compared the booking with it.
            var isGuessed = referral is not null && referral.Version < named!.Value.Version;
            var command = booking is null ? null : await CommandAsync(booking, referral!, request.FunctionContext.Actor(), errors, cancellationToken);
            if (command is null || isGuessed || (isCurrent && errors.Any))
            {
                // Before the errors of the body, from which a stranger could learn the version.
                if (referral is not null && ReferralRules.WhyStranger(referral, request.FunctionContext.Actor()) is not null)
                {
                    return await request.RespondAsync(ErsReferrals.NoRelationship(request), cancellationToken);
                }

                return await request.RespondAsync(isCurrent ? Problem.NotAcceptable(errors.All) : ReferralProblems.Stale, cancellationToken);
            }

            // For an older version, the change decides whether the request is stale or the repeat of one that succeeded.
            return await ApplyAsync(request, named!.Value, command, body.KeyOf(request), cancellationToken);
        }
    }

    private Task<HttpResponseData> ApplyAsync(
        HttpRequestData request, ReferralVersion named, Command command, Idempotency? key, CancellationToken cancellationToken) =>
        commands.ApplyAsync(
            request,
            Ubrn.Parse(named.Ubrn),
            named.Version,
            new ErsAnswer(Names, (changed, referral, token) => AppointmentReading.RespondAsync(changed, HttpStatusCode.Created, referral, token)),
            command,
            key,
            cancellationToken);

    private async Task<Command> CommandAsync(
        NewBooking booking, Referral referral, Actor actor, FhirErrors errors, CancellationToken cancellationToken)
    {
        var service = await services.NameAsync(booking.Service, actor, cancellationToken);
        var slot = booking.Slot is null ? null : await NameAsync(booking.Service, booking.Slot, referral, cancellationToken);
        // A stranger is told only that it has no relationship.
        if (Relationships.MayChange(referral, actor)) Compare(booking, referral, slot, errors);
        if (booking.IsTriage) return new Command.SendForTriage(service, booking.Comment) { Clinician = booking.Clinician };
        if (booking.Deferral is not { } reason) return new Command.BookSlot(service, slot!, booking.Comment);
        return new Command.Defer(service, reason, booking.Comment)
        {
            Slot = slot,
            Clinician = booking.Clinician,
            FreeSlots = reason == DeferralReason.NoSlotsAtService ? await slots.FreePrioritiesAsync(booking.Service, cancellationToken) : [],
        };
    }

    // The slot can belong to another service of the shortlist.
    private async Task<NamedSlot> NameAsync(string service, string id, Referral referral, CancellationToken cancellationToken)
    {
        var named = await slots.NameAsync(service, id, cancellationToken);
        foreach (var other in referral.Shortlist.Where(other => other != service))
        {
            if (named.Found is not null) break;
            named = new NamedSlot(id, await slots.FindAsync(new SlotName(other, id), cancellationToken));
        }

        return named;
    }

    // What the caller repeats must be what it has seen.
    private static void Compare(NewBooking booking, Referral referral, NamedSlot? slot, FhirErrors errors)
    {
        if (booking.Patient != referral.Patient.NhsNumber.Reveal())
        {
            errors.Add("INAPPROPRIATE_VALUE", "'participant/patient' is not the patient of the referral.");
        }

        if (booking.IsTriage || booking.Deferral is not null || slot is not { Found: { } found } || found.Name.Service != booking.Service) return;
        if (booking.Start != found.Start) errors.Add("INAPPROPRIATE_VALUE", "'start' is not the start of the slot.");
        if (booking.End != found.End) errors.Add("INAPPROPRIATE_VALUE", "'end' is not the end of the slot.");
        if (found.Clinician is null == booking.Clinician is null)
        {
            if (found.Clinician != booking.Clinician) errors.Add("INAPPROPRIATE_VALUE", "'participant/clinician' is not the clinician of the slot.");
        }
        else if (found.Clinician is null) errors.Add("INAPPROPRIATE_VALUE", "'participant/clinician' is given, but the slot has no clinician.");
        else errors.Missing("participant/clinician");
    }
}
