using System.Globalization;
using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Chains;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Audit.Verification;

/// <summary>
/// <c>GET /v1/operations/audit/verify</c>: whether the audit trail of a day, in UTC, is as it was written. Reads each blob as it is at the moment, so that
/// writers go on.
/// </summary>
public sealed class VerifyAuditFunction(AuditVerifier verifier, AuditTrail audit, CursorKeys cursors, TimeProvider clock)
{
    private const string DayForm = "yyyy-MM-dd";
    private const int MostBlobs = 500;
    private const int UsualBlobs = 200;

    [Function(nameof(VerifyAuditFunction))]
    [ReadsQuery]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> VerifyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/audit/verify")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var query = new QueryReader(request);
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var text = query.Text("day", day => DayIn(day) <= today, "a day in UTC that has begun, such as 2026-11-29", required: true);
        var place = Cursor.Create(cursors, "audit-verification", text);
        var cursor = query.Text(
            "cursor", value => BlobIn(place, value) is not null, "the unchanged 'next' of a recent response for this day; or leave it out and start again");
        var limit = query.Number("limit", 1, MostBlobs, UsualBlobs);
        if (query.Problem() is { } badQuery) return await request.RespondAsync(badQuery, cancellationToken);

        var day = DayIn(text!)!.Value;
        await audit.WriteAsync(context.Audited(AuditedAction.AuditVerified) with { Day = day }, cancellationToken);
        var part = await verifier.VerifyAsync(day, cursor is null ? null : BlobIn(place, cursor), limit, cancellationToken);
        var next = part.IsAll ? null : place.Encode(part.Blobs[^1].Account, part.Blobs[^1].Name);
        // A day without any blob is not whole: nobody can say that none was removed.
        var isWhole = part.Findings.Count == 0 && (part.Blobs.Count > 0 || cursor is not null);
        var answer = new AuditVerification(text!, isWhole, Open: day == today, part.OpenEnds, part.Blobs, part.Findings, next);
        return await request.RespondAsync(HttpStatusCode.OK, answer, VerificationJson.Default.AuditVerification, cancellationToken);
    }

    private static DateOnly? DayIn(string text) =>
        DateOnly.TryParseExact(text, DayForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static AuditBlob? BlobIn(Cursor place, string text) => place.Decode(text) is [var account, var name] ? new AuditBlob(account, name) : null;
}
