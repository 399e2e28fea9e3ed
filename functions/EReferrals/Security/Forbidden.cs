using EReferrals.Http;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Security;

/// <summary>
/// The refusals of a caller whose token is valid. Each names the header in which the caller chose the role or the organisation that causes it; the token
/// of an application chooses both.
/// </summary>
internal static class Forbidden
{
    public static Problem ToRole(Actor actor, string detail) => Problem.Forbidden("FORBIDDEN", detail, HeaderOf(actor, CallerRules.RoleHeader));

    public static Problem WithoutRelationship(Actor actor, string detail) =>
        Problem.Forbidden("NO_RELATIONSHIP", detail, HeaderOf(actor, CallerRules.OrganisationHeader));

    /// <summary>Another organisation, and not that of the caller, may do this.</summary>
    public static Problem ToOrganisation(Actor actor, string detail) =>
        Problem.Forbidden("NO_ACCESS", detail, HeaderOf(actor, CallerRules.OrganisationHeader));

    private static string HeaderOf(Actor actor, string header) => actor.Role.IsApplication() ? "Authorization" : header;
}
