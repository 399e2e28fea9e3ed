using System.Globalization;
using System.Net;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Overload;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Slots;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Booking;

/// <summary>A015: the free slots of a directly bookable service for one priority, in the order of their start times.</summary>
public sealed class FindSlotsFunction(ServiceDirectory services, SlotReservations slots, LargeAnswers large, TimeProvider clock)
{
    private const string CommissioningOrganisation = "NHSD-eRS-Comm-Rule-Org";
    private const string ServiceParameter = "schedule.actor:HealthcareService";
    private const int MaxCount = 100;

    // Most services have fewer. Only those that have more need a place among the large answers.
    private const int UsualSlots = 1_000;
    private const long BytesOfSlot = 512;

    [Function(nameof(FindSlotsFunction))]
    [ReadsQuery]
    [Ers("A015")]
    public async Task<HttpResponseData> FindAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/STU3/Slot")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (WhyNotHeader(request) is { } header) return await request.RespondAsync(Problem.BadRequest(header), cancellationToken);
        var query = new ErsQuery(request);
        var id = query.Text(ServiceParameter, Identifiers.IsServiceReference, required: true);
        var priority = query.Code<Priority>("appointmentType", required: true);
        query.Text("status", text => text == "free", required: true);
        var count = query.Number("_count", 1, MaxCount, required: true);
        var page = query.Number("page", 1, int.MaxValue, required: true);
        var clinician = query.Text("schedule.actor:Practitioner", text => Identifiers.IsUserId(text));
        var withSchedules = query.Text("_include", text => text == "Slot:schedule") is not null;
        if (query.Problem() is { } bad) return await request.RespondAsync(bad, cancellationToken);

        var service = await services.FindAsync(id!, cancellationToken);
        if (WhyNotSearched(service, context.Actor()) is { } refused) return await request.RespondAsync(Problem.BadRequest(refused), cancellationToken);
        var (free, hasMore) = await slots.FreeAsync(id!, priority!.Value, clinician, UsualSlots, cancellationToken);
        if (hasMore)
        {
            if (large.Refuse(context, SlotReservations.MostFree * BytesOfSlot) is { } busy) return await request.RespondAsync(busy, cancellationToken);
            (free, _) = await slots.FreeAsync(id!, priority.Value, clinician, SlotReservations.MostFree, cancellationToken);
        }

        var shown = free.Skip((int)Math.Min(int.MaxValue, (page!.Value - 1L) * count!.Value)).Take(count.Value).ToArray();
        // Without slots, the first page is empty.
        if (shown.Length == 0 && page > 1)
        {
            var past = FieldError.OfParameter("page", "INVALID_VALUE", string.Create(CultureInfo.InvariantCulture, $"'Page Number' ({page}) is invalid."));
            return await request.RespondAsync(Problem.BadRequest(past), cancellationToken);
        }

        var shownPage = new SlotPage(shown, free.Count, page.Value, count.Value, IsOfClinician: clinician is not null);
        var bundle = SlotBundle.From(request, shownPage, withSchedules, clock.GetUtcNow());
        return await request.RespondAsync(HttpStatusCode.OK, FhirNodes.ContentType, FhirNodes.Bytes(bundle), cancellationToken);
    }

    // NHS e-RS searches by the rules of this organisation. Here it is only checked.
    private static FieldError? WhyNotHeader(HttpRequestData request) => request.Header(CommissioningOrganisation) switch
    {
        null or "" => FieldError.OfHeader(CommissioningOrganisation, "MISSING_HEADER", $"Missing or Empty {CommissioningOrganisation} header."),
        var organisation when !Identifiers.IsOdsCode(organisation) => FieldError.OfHeader(
            CommissioningOrganisation, "INVALID_VALUE", $"'{CommissioningOrganisation}' is not an ODS code."),
        _ => null,
    };

    private static FieldError? WhyNotSearched(Service? service, Actor actor) => service switch
    {
        null => FieldError.OfParameter(ServiceParameter, "REFERENCE_NOT_FOUND", $"'{ServiceParameter}' names a service that does not exist."),
        _ when !ReservedOrganisation.MayRefer(actor.Organisation, service.Provider) => FieldError.OfParameter(
            ServiceParameter, "REFERENCE_NOT_FOUND", $"'{ServiceParameter}' names a service that does not exist."),
        { Open: false } => FieldError.OfParameter(ServiceParameter, "INVALID_STATE", "The service is closed to referrals."),
        { Bookable: not Bookable.DirectlyBookable } => FieldError.OfParameter(ServiceParameter, "INVALID_STATE", "The service is not directly bookable."),
        _ => null,
    };
}
