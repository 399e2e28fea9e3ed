namespace EReferrals.Web;

/// <summary>The settings of the clinic's page and the reference lists of its forms.</summary>
/// <param name="ClientId">How the issuer knows the page; null when sign-in is not set up.</param>
/// <param name="Metadata">The address of the issuer's OpenID configuration.</param>
public sealed record PageConfig(string? ClientId, string Issuer, Uri Metadata, string Scopes, PageReasons Reasons)
{
    public static PageConfig From(Settings settings) => new(
        settings.Web.ClientId, settings.Tokens.Issuer, settings.Tokens.MetadataAddress, settings.Web.Scopes, PageReasons.Current);
}
