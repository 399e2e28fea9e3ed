using System.Globalization;
using System.Net;
using EReferrals.Audit;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Resources;
using EReferrals.Http;
using EReferrals.Lifecycle;
using EReferrals.Referrals;
using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Reading;

/// <summary>Reads the current appointment of a referral by its own id.</summary>
public sealed class AppointmentReading(ErsReferrals referrals, AuditTrail audit)
{
    private static Problem Unknown { get; } = Problem.NotFound("There is no appointment with this id and version, or it is no longer the current one.");

    public async Task<HttpResponseData> ReadAsync(HttpRequestData request, string id, string? version, CancellationToken cancellationToken)
    {
        if (!AppointmentId.TryParse(id, out var ubrn, out var number)) return await request.RespondAsync(Unknown, cancellationToken);
        // Before the appointment, so that a stranger does not learn whether there is one.
        if (!(await referrals.FindAsync(request, ubrn.ToString(), Unknown, cancellationToken)).TryGet(out var read, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        var (context, referral) = (request.FunctionContext, read.View);
        var record = AppointmentRecords.Of(referral);
        if (!AppointmentResource.IsShown(record) || record!.Number != number
            || (version is not null && version != record.Version.ToString(CultureInfo.InvariantCulture)))
        {
            return await request.RespondAsync(Unknown, cancellationToken);
        }

        await audit.WriteAsync(context.Audited(AuditedAction.ReferralRead) with { Ubrn = referral.Ubrn, Version = referral.Version }, cancellationToken);
        return await WriteAsync(request, HttpStatusCode.OK, referral, record, cancellationToken);
    }

    /// <summary>Responds with the appointment of a referral that was just changed.</summary>
    internal static async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, HttpStatusCode status, Referral referral, CancellationToken cancellationToken)
    {
        // A repeated request can find that its appointment has been dropped since.
        var record = AppointmentRecords.Of(referral);
        return AppointmentResource.IsShown(record)
            ? await WriteAsync(request, status, referral, record!, cancellationToken)
            : await request.RespondAsync(ReferralProblems.Stale, cancellationToken);
    }

    private static async Task<HttpResponseData> WriteAsync(
        HttpRequestData request, HttpStatusCode status, Referral referral, AppointmentRecord record, CancellationToken cancellationToken)
    {
        var appointment = AppointmentResource.From(referral, record, AppointmentId.Of(referral.Ubrn, record), ErsBase.Of(request));
        var response = await request.RespondAsync(status, FhirNodes.ContentType, FhirNodes.Bytes(appointment), cancellationToken);
        return response.WithHeader("ETag", EntityTag.ForVersion(record.Version));
    }
}
