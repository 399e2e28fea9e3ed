using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Services;

/// <summary>The query of a search in the directory. Only open services match.</summary>
/// <param name="After">Search after this id; null at the start.</param>
/// <param name="Pending">Search the services that wait for approval, open and closed.</param>
public sealed record ServiceQuery(
    string? Provider, string? Specialty, string? ClinicType, Priority? Priority, int Limit, string? After, bool Pending = false)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    private const string PendingStatus = "PENDING";

    private const string FormOfCursor = "the unchanged 'next' of a recent response with the same filters; or leave it out and start again";

    /// <summary>How many services one request may examine.</summary>
    public int MaxCandidates => Math.Max(Limit, DefaultLimit);

    public bool Matches(Service service) => (service.Open || Pending)
        && (Provider is null || service.Provider == Provider)
        && (Specialty is null || service.Specialty == Specialty)
        && (ClinicType is null || service.ClinicTypes.Contains(ClinicType))
        && (Priority is not { } priority || service.Priorities.Contains(priority));

    public static Result<ServiceQuery> Read(QueryReader query, CursorKeys keys)
    {
        var provider = query.Text("provider", text => Identifiers.IsOdsCode(text), "an ODS code");
        var specialty = query.Text("specialty", text => Identifiers.IsListCode(text), "a specialty code");
        var clinicType = query.Text("clinicType", text => Identifiers.IsListCode(text), "a clinic type code");
        var priority = query.Code<Priority>("priority");
        var limit = query.Number("limit", 1, MaxLimit, DefaultLimit);
        var isPending = query.Text("status", text => text == PendingStatus, PendingStatus) is not null;
        var format = CursorOf(keys, provider, specialty, clinicType, priority, isPending);
        var cursor = query.Text("cursor", text => IdIn(text, format) is not null, FormOfCursor);
        return query.Problem() is { } problem
            ? problem
            : new ServiceQuery(provider, specialty, clinicType, priority, limit, IdIn(cursor, format), isPending);
    }

    public string CursorAfter(string id, CursorKeys keys) => CursorOf(keys, Provider, Specialty, ClinicType, Priority, Pending).Encode(id);

    private static Cursor CursorOf(
        CursorKeys keys, string? provider, string? specialty, string? clinicType, Priority? priority, bool isPending)
    {
        var kind = isPending ? "pending-services" : "services";
        return Cursor.Create(keys, kind, provider, specialty, clinicType, priority is { } code ? Code.From(code) : null);
    }

    private static string? IdIn(string? text, Cursor format) => text is not null && format.Decode(text) is [var id] && Identifiers.IsServiceId(id) ? id : null;
}
